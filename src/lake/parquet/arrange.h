// Arranging rows before they are written: by partition, and in sort order.
//
// Threading: pure functions; input batches are shared, not copied, where rows stay together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"

namespace ticklake::lake {

using RecordBatches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

/// Which rows belong to which UTC day. The rows of a day are brought together when they are asked
/// for, so that one day's are copied at a time, however many days there are.
class DaySplit {
 public:
  using Day = std::optional<int32_t>;  ///< days since 1970-01-01 UTC; nullopt: rows without a time

  /// By a top-level timestamp column.
  static Result<DaySplit> Of(RecordBatches rows, const std::string& column);

  /// Ascending.
  std::vector<Day> Days() const;
  /// In the order they came.
  Result<RecordBatches> RowsOf(Day day) const;

 private:
  struct Run {
    size_t batch = 0;
    int64_t begin = 0;
    int64_t end = 0;
  };

  void Add(size_t batch, const arrow::Array& times);

  RecordBatches rows_;
  std::vector<size_t> runs_of_batch_;
  std::map<Day, std::vector<Run>> days_;
};

/// All rows as one batch, sorted ascending by those top-level string, long or timestamp columns,
/// nulls first; equal rows keep their order. The batches have one schema and are not none.
Result<std::shared_ptr<arrow::RecordBatch>> SortRows(
    std::span<const std::shared_ptr<arrow::RecordBatch>> rows,
    const std::vector<std::string>& columns);

}  // namespace ticklake::lake
