// TailScan: DuckDB reads a table's tail, Arrow batches in memory, through a function of ours.
//
// A query registers the tail of each table it names and gets a call to put in SQL; the batches
// stay alive until the registration is dropped. Scans are parallel, read only the columns
// asked for, and do not copy: DuckDB's vectors point into the Arrow buffers.
// Threading: safe from any thread. Invariants: a scan sees each row of the tail once, however
// often the same tail is scanned. Does not: filter (DuckDB does).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/result.h"
#include "query/duck.h"

namespace ticklake::query {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

class TailScan {
 public:
  /// Adds the function to DuckDB. The TailScan outlives the instance.
  static Result<std::unique_ptr<TailScan>> Register(Connection connection);

  /// A tail under a number of its own; at least one batch. Dropped when destroyed.
  class Registration {
   public:
    Registration(TailScan& scan, uint64_t id) : scan_(&scan), id_(id) {}
    Registration(Registration&& other) noexcept : scan_(other.scan_), id_(other.id_) {
      other.scan_ = nullptr;
    }
    Registration& operator=(Registration&&) = delete;
    ~Registration();
    /// What to write in FROM.
    std::string Call() const;

   private:
    TailScan* scan_;
    uint64_t id_;
  };
  Registration Add(Batches batches);

 private:
  friend struct TailCallbacks;
  explicit TailScan(Connection connection) : connection_(std::move(connection)) {}
  std::shared_ptr<const Batches> Find(uint64_t id);

  Connection connection_;  // for conversions only; runs nothing
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<const Batches>> tails_;
  uint64_t last_id_ = 0;
};

}  // namespace ticklake::query
