// Batches → one Parquet file in memory, and what a manifest says about it.
//
// Layout (docs/tables.md, "Parquet"): zstd; times, sequences and offsets delta-coded; strings and
// repetitive numbers in dictionaries. Field ids come from the schema.
// Threading: a call uses the calling thread alone; calls are independent.
// Does not: sort, split by partition (arrange.h does), name or store the file.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

struct ParquetOptions {
  int zstd_level = 1;
  int64_t row_group_rows = 1 << 19;
};

struct ParquetFile {
  std::shared_ptr<arrow::Buffer> bytes;
  /// Complete but for path, spec_id, partition and sort_order_id, which the caller knows.
  iceberg::DataFile file;

  std::string_view data() const {
    return {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())};
  }
};

/// rows: batches that have exactly `schema`'s columns (TableDecoder::Conform); not none.
/// kInvalid if they do not; kInternal if Parquet refuses.
Result<ParquetFile> WriteParquet(const iceberg::Schema& schema,
                                 std::span<const std::shared_ptr<arrow::RecordBatch>> rows,
                                 const ParquetOptions& options = {});

}  // namespace ticklake::lake
