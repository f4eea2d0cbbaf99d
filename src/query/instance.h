// Instance: one DuckDB in memory, locked down, with the function that reads tails.
//
// Threading: from any thread. Invariants: no file outside the lake and the
// temporary directory can be opened, no extension loaded, no setting changed, whatever SQL
// reaches it; the gate is the first wall, this the second. Does not: run queries.
#pragma once

#include <duckdb.h>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "lake/iceberg/data_file.h"
#include "query/duck.h"
#include "query/engine.h"
#include "query/tail_scan.h"

namespace ticklake::query {

class Instance {
 public:
  static Result<std::shared_ptr<Instance>> Open(const EngineOptions& options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Result<Connection> Connect() { return Connection::Open(database_); }
  TailScan& tails() { return *tails_; }

  /// Counts the files of a view towards Stale.
  void NoteFiles(const std::vector<lake::iceberg::DataFile>& files);
  /// True once so many files came and went that a new instance is cheaper: DuckDB keeps the
  /// footer of every file it ever read, some 30 KiB each.
  bool Stale() const;

 private:
  Instance() = default;
  Result<void> LockDown(const EngineOptions& options);

  duckdb_database database_ = nullptr;
  std::unique_ptr<TailScan> tails_;
  mutable std::mutex mutex_;
  std::unordered_set<size_t> seen_;  // hashes of paths
  size_t most_at_once_ = 0;
};

}  // namespace ticklake::query
