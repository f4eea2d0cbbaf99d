// Conform: a batch made under one schema, put under another.
//
// Columns are matched by their JSON keys (system columns by name), so ids and names may differ.
// A long fits a double, and a double a long, where the value is exact; what does not fit, and what
// has no column in the target, goes to `_rescued` as JSON text under its original keys.
// Threading: pure functions. Batches that have the target schema already are returned as they are.
#pragma once

#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"

namespace ticklake::lake {

/// *newly_rescued (may be null): rows whose `_rescued` grew. kInvalid: a required column would be
/// null; kUnsupported: values must be rescued and the target has no string column `_rescued`.
Result<std::shared_ptr<arrow::RecordBatch>> ConformBatch(
    const std::shared_ptr<arrow::RecordBatch>& rows, const std::shared_ptr<arrow::Schema>& target,
    int64_t* newly_rescued);

/// The batches (one schema, not none) as one.
Result<std::shared_ptr<arrow::RecordBatch>> JoinBatches(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

}  // namespace ticklake::lake
