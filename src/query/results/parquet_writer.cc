// Parquet, for programs: DuckDB's chunks as Arrow, streamed to the sink a row group at a time.
//
// Types are Arrow's as DuckDB maps them: HUGEINT becomes decimal(38, 0), UUID and JSON text, ENUM a
// dictionary. What Parquet has no type for (INTERVAL) is an error that names the column.
#include <arrow/c/bridge.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <optional>

#include "query/results/writers.h"

namespace ticklake::query {
namespace {

constexpr int64_t kRowGroup = 122'880;  // rows: DuckDB's own

/// Arrow's output on our sink. What went wrong there is kept, since a Status has no room for it.
class SinkStream final : public arrow::io::OutputStream {
 public:
  explicit SinkStream(ByteSink& sink) : sink_(sink) {}

  arrow::Status Write(const void* data, int64_t size) override {
    const auto written = sink_.Write({static_cast<const char*>(data), static_cast<size_t>(size)});
    if (!written) {
      error_ = written.error();
      return arrow::Status::IOError(error_->message);
    }
    at_ += size;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return at_; }
  bool closed() const override { return closed_; }

  const std::optional<Error>& error() const { return error_; }

 private:
  ByteSink& sink_;
  int64_t at_ = 0;
  bool closed_ = false;
  std::optional<Error> error_;
};

std::string Taken(duckdb_error_data error) {
  std::string message = duckdb_error_data_message(error);
  duckdb_destroy_error_data(&error);
  return message;
}

class ParquetWriter : public ResultWriter {
 public:
  explicit ParquetWriter(ByteSink& sink) : stream_(std::make_shared<SinkStream>(sink)) {}
  ~ParquetWriter() override {
    if (options_ != nullptr) duckdb_destroy_arrow_options(&options_);
  }

  Result<void> Begin(const ResultHead& head) override {
    options_ = duckdb_result_get_arrow_options(head.result);
    TL_TRY(ReadSchema(head));
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(arrow::Compression::ZSTD)
                                ->max_row_group_length(kRowGroup)
                                ->build();
    const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_,
                                                   properties, arrow_properties);
    TL_TRY(Outcome(writer.status()));
    writer_ = std::move(*writer);
    return {};
  }

  Result<void> Write(duckdb_data_chunk chunk) override {
    ArrowArray exported{};
    if (duckdb_error_data error = duckdb_data_chunk_to_arrow(options_, chunk, &exported)) {
      return Fail(Code::kInternal, "result: {}", Taken(error));
    }
    const auto batch = arrow::ImportRecordBatch(&exported, schema_);
    TL_TRY(Outcome(batch.status()));
    return Outcome(writer_->WriteRecordBatch(**batch));
  }

  Result<void> End() override { return Outcome(writer_->Close()); }

 private:
  Result<void> ReadSchema(const ResultHead& head) {
    std::vector<duckdb_logical_type> types;
    std::vector<const char*> names;
    for (size_t c = 0; c < head.columns.size(); ++c) {
      types.push_back(duckdb_column_logical_type(head.result, c));
      names.push_back(head.columns[c].name.c_str());
    }
    ArrowSchema exported{};
    duckdb_error_data error =
        duckdb_to_arrow_schema(options_, types.data(), names.data(), types.size(), &exported);
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
    if (error != nullptr) return Fail(Code::kUnsupported, "result: {}", Taken(error));
    const auto imported = arrow::ImportSchema(&exported);
    TL_TRY(Outcome(imported.status()));
    schema_ = *imported;
    for (const auto& field : schema_->fields()) {
      if (field->type()->id() != arrow::Type::INTERVAL_MONTH_DAY_NANO) continue;
      return Fail(Code::kUnsupported,
                  "column '{}': Parquet has no type for INTERVAL; CAST it to VARCHAR",
                  field->name());
    }
    return {};
  }

  Result<void> Outcome(const arrow::Status& status) const {
    if (status.ok()) return {};
    if (stream_->error()) return Fail(*stream_->error());
    return Fail(status.IsNotImplemented() ? Code::kUnsupported : Code::kInternal,
                "result as Parquet: {}", status.message());
  }

  const std::shared_ptr<SinkStream> stream_;
  duckdb_arrow_options options_ = nullptr;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<ResultWriter> MakeParquetWriter(ByteSink& sink) {
  return std::make_unique<ParquetWriter>(sink);
}

}  // namespace ticklake::query
