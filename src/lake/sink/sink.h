// Sink: topics in, tables out, exactly once.
//
// Finds topics, gives each its table, reads their logs from the tables' own positions,
// decodes them into tails and commits the tails (docs/commit-protocol.md). It is also the
// TableSource that SQL reads: a table is its snapshot plus its tail.
// Threading: all public functions are safe from any thread. Inside: one thread that watches
// the logs, SinkOptions::decode_threads that read and decode, commit_threads that write.
// Invariants: a table's snapshot and tail change together under the table's lock; one table's
// or log's failure never stops another's. Safe to kill at any moment.
// Does not: compact (lake/maintenance), check itself (lake/verify), run SQL (query).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/log_reader.h"
#include "lake/sink/options.h"
#include "lake/sink/view.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// What a sink stands on; all of it must outlive the sink.
struct SinkParts {
  TableStore* tables = nullptr;
  kafka::LogReader* reader = nullptr;  ///< nullptr: committed rows only, nothing is read
  const Clock* clock = nullptr;
};

class Sink : public TableSource {
 public:
  /// Checks the options and the reader's cluster id. Nothing runs before Start.
  static Result<std::unique_ptr<Sink>> Make(const SinkParts& parts, const SinkOptions& options);
  /// Stops without a final commit unless Stop was called before.
  ~Sink() override;

  /// Creates the database if it lacks, finds the topics and starts the threads.
  Result<void> Start();
  /// Commits what is decoded (up to `patience`) and ends all threads. Idempotent. The error
  /// is that of the final commits: what they left out is read again after the next start.
  Result<void> Stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

  /// Reads the ends of all logs now, then waits until everything below is committed. Logs and
  /// tables that cannot get there do not keep the others from it; the first one's error is
  /// returned afterwards. kCancelled if Stop came first.
  Result<void> DrainToEnd();

  std::vector<TableStatus> Status() const;

  // TableSource
  Result<std::vector<std::string>> Databases() override;
  Result<std::vector<std::string>> Tables(const std::string& database) override;
  Result<TableView> View(const std::string& database, const std::string& table,
                         const Patience& patience) override;

 private:
  class Impl;
  explicit Sink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ticklake::lake
