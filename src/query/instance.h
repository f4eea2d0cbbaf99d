// Instance: one DuckDB in memory, locked down, with the function that reads tails.
//
// Threading: from any thread. Invariants: no file outside the lake, the locations it was opened
// for and the temporary directory can be opened, no extension loaded, no setting changed, whatever
// SQL reaches it; the gate is the first wall, this the second. Does not: run queries.
#pragma once

#include <duckdb.h>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "lake/sink/view.h"
#include "query/duck.h"
#include "query/engine.h"
#include "query/memory_bound.h"
#include "query/partition_lookup.h"
#include "query/tail_scan.h"

namespace ticklake::query {

class Instance {
 public:
  /// `reach`: URIs of folders and files outside the lake that may be opened too.
  static Result<std::shared_ptr<Instance>> Open(const EngineOptions& options,
                                                const std::set<std::string>& reach = {});
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Result<Connection> Connect() { return Connection::Open(database_); }
  TailScan& tails() { return *tails_; }
  PartitionLookup& partitions() { return *partitions_; }

  /// True if files below that URI may be opened. What may be is fixed when DuckDB starts.
  bool Reaches(const std::string& uri) const;

  /// Counts the files of a view towards Stale.
  void NoteFiles(const lake::TableView& view);
  /// True once so many files came and went that a new instance is cheaper: DuckDB keeps the
  /// footer of every file it ever read, some 30 KiB each.
  bool Stale() const;

 private:
  explicit Instance(uint64_t memory_limit) : bound_(memory_limit) {}
  Result<void> LockDown();

  const MemoryBound bound_;  // goes last
  duckdb_database database_ = nullptr;
  std::unique_ptr<TailScan> tails_;
  std::unique_ptr<PartitionLookup> partitions_;
  std::vector<std::string> reach_;  // paths
  mutable std::mutex mutex_;
  std::unordered_set<size_t> seen_;  // hashes of paths
  size_t most_at_once_ = 0;
};

}  // namespace ticklake::query
