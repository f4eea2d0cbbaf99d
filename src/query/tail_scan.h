// TailScan: DuckDB reads a table's tail, Arrow batches in memory, through a function of ours.
//
// A query registers the tail of each table it names and gets a call to put in SQL; the batches
// stay alive until the registration is dropped. Scans are parallel, read only the columns
// asked for, and do not copy: DuckDB's vectors point into the Arrow buffers.
// Threading: safe from any thread. Invariants: a scan sees each row of the tail once, however
// often the same tail is scanned. Does not: filter (DuckDB does).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/result.h"
#include "query/duck.h"
#include "query/handle_table.h"

namespace ticklake::query {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

class TailScan {
 public:
  /// Adds the function to DuckDB. The TailScan outlives the instance.
  static Result<std::unique_ptr<TailScan>> Register(Connection connection);

  /// A tail under a number of its own; at least one batch. Dropped when destroyed.
  class Registration {
   public:
    explicit Registration(HandleTable<Batches>::Handle handle) : handle_(std::move(handle)) {}
    /// What to write in FROM.
    std::string Call() const;

   private:
    HandleTable<Batches>::Handle handle_;
  };
  Registration Add(Batches batches);

 private:
  friend struct TailCallbacks;
  explicit TailScan(Connection connection) : connection_(std::move(connection)) {}

  Connection connection_;  // for conversions only; runs nothing
  HandleTable<Batches> tails_;
};

}  // namespace ticklake::query
