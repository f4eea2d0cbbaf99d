// WriteDataFiles: rows of one commit as Parquet files, one for each partition they touch.
//
// Threading: pure function over a store. Invariants: the files are durable when it returns,
// and no table refers to them yet; at most one is being written at a time, however many days
// the rows belong to. Does not: commit, or remove files of a failed attempt.
#pragma once

#include <vector>

#include <arrow/type_fwd.h>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// `batches` have exactly `schema`'s columns. Files follow the state's default partition spec.
Result<std::vector<iceberg::DataFile>> WriteDataFiles(TableStore& tables, const TableState& state,
                                                      const iceberg::Schema& schema,
                                                      const arrow::RecordBatchVector& batches);

}  // namespace ticklake::lake
