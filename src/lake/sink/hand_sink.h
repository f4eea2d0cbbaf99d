// HandSink: the parts of the sink, moved by hand: one thread, so that the same seed does the same.
//
// Tests only. Everything is the sink's own but its threads and their schedule: when to look, to
// read and to commit is the caller's to say. Threading: one thread. Between two calls it sleeps,
// with its tail, as long as the caller likes.
#pragma once

#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include "lake/sink/live_tables.h"
#include "lake/sink/read_pool.h"
#include "lake/sink/topic_registry.h"

namespace ticklake::lake {

class HandSink {
 public:
  /// All outlives it.
  HandSink(TableStore& tables, kafka::LogReader& reader, const Clock& clock, SinkOptions options)
      : options_(std::move(options)),
        tables_(tables),
        budget_(options_.memory_budget),
        parts_{&tables, &reader, &clock, &budget_, &options_},
        topics_(parts_, reader.ClusterId().value()),
        readers_({&reader, &budget_, &options_, [] {}}),
        views_({parts_, &topics_, &readers_}) {}

  /// Looks for topics, and makes the database if it lacks.
  Result<void> Discover() {
    const auto made = tables_.catalog().CreateDatabase({.name = options_.database});
    if (!made && made.error().code != Code::kAlreadyExists) return made;
    return topics_.Discover();
  }

  /// Reads what the logs have, at most so many pieces of it.
  void Read(int pieces = std::numeric_limits<int>::max()) {
    for (const TopicTablePtr& table : topics_.Tables()) {
      const auto survey = topics_.Look(*table);
      for (const kafka::LogId& log : survey.readable) readers_.Enqueue(table, log, false);
    }
    while (pieces > 0 && readers_.Work()) --pieces;
  }

  /// One commit of every table, or of one.
  Result<void> Commit(const std::string& only = "") {
    Result<void> outcome;
    for (const TopicTablePtr& table : topics_.Tables()) {
      if (!only.empty() && table->tail.table() != only) continue;
      const auto committed = table->committer.CommitOnce();
      if (!committed && outcome) outcome = Fail(committed.error());
    }
    return outcome;
  }

  /// Reads and commits until nothing is left.
  Result<void> Drain() {
    for (int round = 0; round < 50; ++round) {
      TL_TRY(Discover());
      Read();
      TL_TRY(Commit());
      if (!Pending()) return {};
    }
    return Fail(Code::kInternal, "there is always more to commit");
  }

  /// What a query sees; reads to the end of the logs first.
  Result<TableView> View(const std::string& table) {
    TL_TRY(Discover());
    Read();
    return views_.View(options_.database, table, std::chrono::milliseconds(0));
  }

  /// Why a log stopped; "" when none did.
  std::string Stopped() const {
    for (const TopicTablePtr& table : topics_.Tables()) {
      if (std::string why = table->tail.Stopped(); !why.empty()) return why;
    }
    return "";
  }

 private:
  bool Pending() const {
    for (const TopicTablePtr& table : topics_.Tables()) {
      if (table->tail.Size().pending) return true;
    }
    return false;
  }

  const SinkOptions options_;
  TableStore& tables_;
  MemoryBudget budget_;
  const TopicTableParts parts_;
  TopicRegistry topics_;
  ReadPool readers_;
  LiveTables views_;
};

}  // namespace ticklake::lake
