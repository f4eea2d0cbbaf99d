// TableTail: one table's snapshot and tail, which change together under one lock.
//
// Readers take a log's next offset (BeginRead), decode without a lock, and publish in order;
// a commit takes a cut, writes without a lock, and Adopt publishes the new table version and
// drops what it covers. Whoever made that version (this sink or another), the rule is the
// same: Compare of lake/ranges.
// Threading: safe from any thread. Invariants: for every log the tail begins at the position
// that the held table version records; a query's snapshot has each record once.
// Does not: read logs, write files, or talk to a catalog.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/ranges/advance.h"
#include "lake/rows/decoder.h"
#include "lake/sink/log_tail.h"
#include "lake/sink/memory_budget.h"
#include "lake/sink/options.h"
#include "lake/sink/positions.h"
#include "lake/sink/view.h"

namespace ticklake::lake {

/// What a reader was given; handed back with the outcome.
struct LogCursor {
  kafka::LogId log;
  LogSource source;
  int64_t offset = 0;
  uint64_t generation = 0;  ///< rises when a log is reset: older pieces are then dropped
  std::shared_ptr<TableDecoder> decoder;
};

/// What a commit is to cover of one log.
struct CutLog {
  kafka::LogId log;
  LogSource source;
  uint64_t generation = 0;
  int64_t from = 0;
  int64_t to = 0;
  int64_t dead_to = 0;  ///< how far the range of its dead letters may go
  std::vector<TailPiecePtr> pieces;
};

struct Cut {
  LoadedTable base;
  std::shared_ptr<TableDecoder> decoder;
  std::vector<CutLog> logs;
  int64_t rows = 0;
  int64_t dead = 0;
  bool partial = false;  ///< the protocol wants what is left in a commit of its own, right after
};

using Files = std::shared_ptr<const std::vector<iceberg::DataFile>>;

/// What a query sees; taken under the lock.
struct TailSnapshot {
  LoadedTable table;
  Files files;  ///< nullptr: not known yet for this version
  std::shared_ptr<TableDecoder> decoder;
  std::vector<std::pair<kafka::LogId, TailPiecePtr>> pieces;
  std::string note;  ///< logs that stopped
};

struct TailSize {
  int64_t rows = 0;
  int64_t dead = 0;
  int64_t bytes = 0;
  bool pending = false;  ///< positions have moved, with or without rows
  Nanos since = 0;       ///< Clock::Monotonic when the first of it came
};

struct TableTailParts {
  const Clock* clock = nullptr;
  MemoryBudget* budget = nullptr;
};

using LogEnds = std::map<kafka::LogId, int64_t>;

class TableTail {
 public:
  TableTail(const TableTailParts& parts, std::string table, std::string topic);
  ~TableTail();

  const std::string& table() const { return table_; }
  const std::string& topic() const { return topic_; }

  // The table's versions.
  LoadedTable table_version() const;
  /// Publishes a version of the table, and reconciles every log with the positions it
  /// records. An older version than the held one changes nothing. A missing table
  /// (state nullptr): all logs start anew. `files`: the version's live files, if known.
  /// kConflict: the table belongs to another topic.
  Result<void> Adopt(LoadedTable fresh, Files files = nullptr);
  /// Remembers the live files of the held version; ignored if it is another by now.
  void SetFiles(const TableState& state, Files files);

  // Logs.
  /// The topic's incarnation that exists now: its logs are opened, older ones are gone.
  /// nullopt: the topic does not exist any more.
  void SetIncarnation(const std::string& cluster_id, const std::optional<kafka::TopicInfo>& now);
  /// Logs that still exist and have not stopped.
  std::vector<kafka::LogId> LiveLogs() const;
  /// Tells a log's bounds. Decides where reading starts, stops the log at a gap or beyond its
  /// end. True if there is something to read.
  bool Observe(const kafka::LogId& log, const kafka::LogBounds& bounds, OnGap on_gap);
  /// The log does not exist any more; its tail is still committed.
  void MarkGone(const kafka::LogId& log);
  /// Stops a log for good, with an error that says why and what to do.
  void StopLog(const kafka::LogId& log, std::string error);

  // Reading.
  /// Nothing while another thread reads the log, or it has stopped.
  std::optional<LogCursor> BeginRead(const kafka::LogId& log);
  /// Ends the turn. True if there is more to read.
  bool EndRead(const LogCursor& cursor, int64_t next_offset);
  /// Ends the turn of a read that failed: out of range (asks for Observe), or to be retried.
  void EndRead(const LogCursor& cursor, const Error& error);
  /// Pieces may come in any order; they enter the tail in theirs.
  void Publish(const LogCursor& cursor, TailPiecePtr piece);
  /// Merges small pieces of a log into one; for the thread that just published.
  void MergeSmall(const kafka::LogId& log);

  // Queries.
  /// Waits until every log is decoded up to its end. Logs that stop or vanish do not count.
  /// kTimeout names the first that lacks; kCancelled.
  Result<void> WaitDecoded(const LogEnds& ends, const Patience& patience);
  TailSnapshot Snapshot() const;
  /// Puts a piece in the place of another of the same range.
  void Replace(const kafka::LogId& log, const TailPiecePtr& piece, TailPiecePtr by);

  // Commits.
  /// Everything decoded, as far as one commit may go (docs/commit-protocol.md, rule 6).
  Cut TakeCut() const;
  /// Puts a cut on the held version; false if the table's positions moved since it was taken.
  bool Renew(Cut& cut) const;
  TailSize Size() const;
  /// Lets go of the newest records until about `bytes` are held, of logs that can be read again:
  /// for a table that cannot commit while others need the memory. They are read again later.
  void GiveBack(int64_t bytes);
  /// True if everything below `ends` is decoded (or committed). Of logs that stopped or are
  /// gone, what was decoded counts.
  bool Decoded(const LogEnds& ends) const;
  bool Committed(const LogEnds& ends) const;
  /// Why the first log stopped; "" when none did.
  std::string Stopped() const;

  std::vector<LogStatus> Status() const;

 private:
  struct LogState {
    LogSource source;
    LogTail tail{0};
    bool recorded = false;  ///< the table has a position for it
    bool placed = false;    ///< `read_to` is known to lie inside the log
    bool gone = false;
    bool reading = false;
    uint64_t generation = 0;
    int64_t read_to = 0;
    Nanos since = 0;                          ///< when the tail got what it begins with
    int64_t end = 0;                          ///< last stable offset when last seen
    std::map<int64_t, TailPiecePtr> pending;  ///< decoded before what precedes them
    int64_t pending_bytes = 0;
    std::string error;    ///< stopped
    std::string trouble;  ///< the last failed read; goes on
    Nanos retry_at = 0;
  };

  /// Books what changed in a log between its construction and its end.
  class Weighing {
   public:
    Weighing(TableTail& table, LogState& state) : table_(table), state_(state), before_(Now()) {}
    Weighing(const Weighing&) = delete;
    Weighing& operator=(const Weighing&) = delete;
    ~Weighing() {
      const TailSize after = Now();
      table_.size_.rows += after.rows - before_.rows;
      table_.size_.dead += after.dead - before_.dead;
      table_.size_.bytes += after.bytes - before_.bytes;
      if (after.bytes != before_.bytes) table_.budget_.Hold(after.bytes - before_.bytes);
    }

   private:
    TailSize Now() const {
      return {.rows = state_.tail.rows(),
              .dead = state_.tail.dead(),
              .bytes = state_.tail.bytes() + state_.pending_bytes};
    }

    TableTail& table_;
    LogState& state_;
    TailSize before_;
  };

  void Reconcile(const kafka::LogId& log, LogState& state);
  void Reset(LogState& state, std::optional<int64_t> position);
  void PlaceAt(const kafka::LogId& log, LogState& state, const kafka::LogBounds& bounds,
               OnGap on_gap);
  /// Moves into the tail what follows it now.
  void AdmitPending(LogState& state);
  std::optional<CutLog> CutOf(const kafka::LogId& log, const LogState& state) const;
  /// Those of the logs whose dead letters need their position opened first; else all.
  static std::vector<CutLog> OpenFirst(const PositionSet& positions, std::vector<CutLog> logs);
  /// Empty when no live log of `ends` lacks anything; else what lacks.
  std::string Lacking(const LogEnds& ends) const;

  const Clock& clock_;
  MemoryBudget& budget_;
  const std::string table_;
  const std::string topic_;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any moved_;
  LoadedTable held_;
  Files files_;
  std::shared_ptr<TableDecoder> decoder_;
  Epochs epochs_;
  std::map<kafka::LogId, LogState> logs_;
  TailSize size_;
};

}  // namespace ticklake::lake
