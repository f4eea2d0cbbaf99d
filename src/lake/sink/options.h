// Options and reported state of the sink. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "kafka/log_reader.h"

namespace ticklake::lake {

/// What to do when records were deleted (retention) before they could be read.
enum class OnGap {
  kStop,    ///< the log stops with an error; other logs and tables go on
  kRecord,  ///< the hole is written into the commit, and counted by verify
};

/// Told after a commit, for lag monitors only: the group's offsets are never read back.
struct CommittedOffset {
  kafka::LogId log;
  std::string topic;
  int64_t offset = 0;
};

struct SinkOptions {
  std::string topics = "*";  ///< globs of topic names, separated by commas: * and ?
  std::string database = "market";
  int64_t flush_rows = 1'000'000;     ///< a table commits when its tail has so many rows,
  int64_t flush_bytes = 128LL << 20;  ///< or so many decoded bytes,
  std::chrono::milliseconds flush_interval{10'000};  ///< or is this old
  /// Records in memory, and what committing them needs: bytes of all tables together. Reading waits
  /// and the greatest table is committed early while more than half of it is taken by records.
  int64_t memory_budget = 768LL << 20;
  size_t read_bytes = 2 << 20;  ///< how much of a log is decoded at a time
  int decode_threads = 2;
  int commit_threads = 2;  ///< tables that commit at the same time
  /// Records are decoded at least so often; a query that waits is served at once.
  std::chrono::milliseconds decode_interval{25};
  OnGap on_gap = OnGap::kStop;
  /// false: tail only, for queries on a directory that nobody runs. Nothing is written, and
  /// only the logs of tables that somebody views are read.
  bool commit = true;
  Metrics* metrics = nullptr;
  std::function<void(const std::vector<CommittedOffset>&)> on_committed;
};

struct LogStatus {
  kafka::LogId log;
  std::string topic;
  int32_t epoch = 0;
  int64_t committed = 0;  ///< recorded in the table
  int64_t decoded = 0;    ///< visible to queries
  int64_t end = 0;        ///< last stable offset when last asked
  std::string error;      ///< why this log stopped; "" while it goes on
};

struct TableStatus {
  std::string database;
  std::string table;
  std::string topic;
  int64_t committed_rows = 0;  ///< by this process since its start
  int64_t committed_dead = 0;  ///< dead letters, likewise
  int64_t commits = 0;         ///< likewise
  int64_t early_commits = 0;   ///< of these, before it was time, for the memory budget's sake
  int64_t tail_rows = 0;
  int64_t tail_bytes = 0;
  int64_t lag = 0;             ///< records between the ends of its logs and `decoded`
  Nanos last_commit = 0;       ///< wall clock; 0: none since the start
  Nanos last_commit_took = 0;  ///< duration
  std::string error;           ///< the last failure of this table; "" after a success
  std::vector<LogStatus> logs;
};

}  // namespace ticklake::lake
