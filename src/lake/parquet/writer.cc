#include "lake/parquet/writer.h"

#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>

#include <algorithm>

#include "lake/parquet/encodings.h"
#include "lake/parquet/statistics.h"
#include "lake/rows/arrow_schema.h"

namespace ticklake::lake {
namespace {

/// A guess at the size of a row on disk, to begin with a buffer of about the right size.
constexpr int64_t kBytesPerRow = 16;

std::shared_ptr<parquet::WriterProperties> Properties(const arrow::Table& table,
                                                      const ParquetOptions& options) {
  parquet::WriterProperties::Builder builder;
  // The C library's allocator gives large blocks back at once; Arrow's default keeps them.
  builder.memory_pool(arrow::system_memory_pool());
  builder.compression(parquet::Compression::ZSTD);
  builder.compression_level(options.zstd_level);
  builder.max_row_group_length(options.row_group_rows);
  builder.created_by("ticklake");
  builder.enable_write_page_index();
  ChooseEncodings(table, builder);
  return builder.build();
}

Result<void> Check(const arrow::Status& status) {
  if (status.ok()) return {};
  return Fail(Code::kInternal, "writing Parquet: {}", status.ToString());
}

Result<std::shared_ptr<parquet::FileMetaData>> Write(
    const arrow::Table& table, const ParquetOptions& options,
    const std::shared_ptr<arrow::io::BufferOutputStream>& sink) {
  auto opened = parquet::arrow::FileWriter::Open(*table.schema(), arrow::system_memory_pool(), sink,
                                                 Properties(table, options));
  TL_TRY(Check(opened.status()));
  const auto writer = std::move(opened).ValueUnsafe();
  TL_TRY(Check(writer->WriteTable(table, options.row_group_rows)));
  TL_TRY(Check(writer->Close()));
  return writer->metadata();
}

}  // namespace

Result<ParquetFile> WriteParquet(const iceberg::Schema& schema,
                                 std::span<const std::shared_ptr<arrow::RecordBatch>> rows,
                                 const ParquetOptions& options) {
  const auto arrow_schema = ToArrowSchema(schema);
  for (const auto& batch : rows) {
    if (!batch->schema()->Equals(*arrow_schema, /*check_metadata=*/false)) {
      return Fail(
          Code::kInvalid,
          "writing Parquet: a batch has other columns than the schema: {}; conform it first",
          batch->schema()->ToString());
    }
  }
  try {
    auto table = arrow::Table::FromRecordBatches(
        arrow_schema, std::vector<std::shared_ptr<arrow::RecordBatch>>(rows.begin(), rows.end()));
    TL_TRY(Check(table.status()));
    auto sink = arrow::io::BufferOutputStream::Create(
        std::max<int64_t>(4096, (*table)->num_rows() * kBytesPerRow), arrow::system_memory_pool());
    TL_TRY(Check(sink.status()));
    ParquetFile out;
    TL_ASSIGN(auto metadata, Write(**table, options, *sink));
    auto bytes = (*sink)->Finish();
    TL_TRY(Check(bytes.status()));
    out.bytes = *std::move(bytes);
    out.file.file_size = out.bytes->size();
    FillStatistics(*metadata, schema, out.file);
    return out;
  } catch (const std::exception& e) {  // Parquet throws below Arrow's Status
    return Fail(Code::kInternal, "writing Parquet: {}", e.what());
  }
}

}  // namespace ticklake::lake
