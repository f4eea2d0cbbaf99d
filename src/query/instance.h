// Instance: one DuckDB in memory, locked down, with the function that reads tails.
//
// Threading: Connect and tails() from any thread. Invariants: no file outside the lake and the
// temporary directory can be opened, no extension loaded, no setting changed, whatever SQL
// reaches it; the gate is the first wall, this the second. Does not: run queries.
#pragma once

#include <duckdb.h>
#include <memory>

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

 private:
  Instance() = default;
  Result<void> LockDown(const EngineOptions& options);

  duckdb_database database_ = nullptr;
  std::unique_ptr<TailScan> tails_;
};

}  // namespace ticklake::query
