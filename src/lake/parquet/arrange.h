// Arranging rows before they are written: by partition, and in sort order.
//
// Threading: pure functions; input batches are shared, not copied, where rows stay together.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"

namespace ticklake::lake {

using RecordBatches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

struct DayRows {
  std::optional<int32_t> day;  ///< days since 1970-01-01 UTC; nullopt: rows without a time
  RecordBatches rows;          ///< in the order they came
};

/// The rows by UTC day of a top-level timestamp column, days ascending.
Result<std::vector<DayRows>> SplitByDay(std::span<const std::shared_ptr<arrow::RecordBatch>> rows,
                                        const std::string& column);

/// All rows as one batch, sorted ascending by those top-level string, long or timestamp columns,
/// nulls first; equal rows keep their order. The batches have one schema and are not none.
Result<std::shared_ptr<arrow::RecordBatch>> SortRows(
    std::span<const std::shared_ptr<arrow::RecordBatch>> rows,
    const std::vector<std::string>& columns);

}  // namespace ticklake::lake
