#include "lake/parquet/reader.h"

#include <algorithm>

#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include "lake/parquet/project.h"
#include "lake/parquet/store_file.h"
#include "lake/rows/arrow_schema.h"

namespace ticklake::lake {
namespace {

/// Rows a batch: enough to amortise, small enough for the cache and for memory.
constexpr int64_t kBatchRows = 1 << 16;

class ParquetDataFileReader final : public DataFileReader {
 public:
  ParquetDataFileReader(std::string path, iceberg::Schema schema)
      : path_(std::move(path)), schema_(std::move(schema)), arrow_schema_(ToArrowSchema(schema_)) {}

  Result<void> Start(const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
    parquet::ReaderProperties properties(arrow::system_memory_pool());
    auto parquet_reader = parquet::ParquetFileReader::Open(file, properties);
    const auto metadata = parquet_reader->metadata();
    const std::set<int32_t> wanted = LeafIds(schema_);
    std::vector<int> leaves;
    bool has_ids = metadata->num_columns() == 0;
    for (int i = 0; i < metadata->num_columns(); ++i) {
      const int32_t id = metadata->schema()->Column(i)->schema_node()->field_id();
      has_ids = has_ids || id > 0;
      if (!wanted.contains(id)) continue;
      leaves.push_back(i);
      for (int group = 0; group < metadata->num_row_groups(); ++group) {
        const auto chunk = metadata->RowGroup(group)->ColumnChunk(i);
        constexpr int64_t kValueBytes = 8;  // a page may have next to nothing of equal numbers
        least_bytes_ +=
            std::max(chunk->total_uncompressed_size(), chunk->num_values() * kValueBytes);
      }
    }
    if (!has_ids) {
      return Fail(Code::kUnsupported,
                  "{}: its columns have no field ids; only files written for Iceberg can be read",
                  path_);
    }
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    auto reader = parquet::arrow::FileReader::Make(arrow::system_memory_pool(),
                                                   std::move(parquet_reader), arrow_properties);
    TL_TRY(Check(reader.status()));
    reader_ = *std::move(reader);
    std::vector<int> groups(static_cast<size_t>(metadata->num_row_groups()));
    for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
    auto batches = reader_->GetRecordBatchReader(groups, leaves);
    TL_TRY(Check(batches.status()));
    batches_ = *std::move(batches);
    return {};
  }

  int64_t least_bytes() const override { return least_bytes_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    try {
      std::shared_ptr<arrow::RecordBatch> batch;
      TL_TRY(Check(batches_->ReadNext(&batch)));
      if (batch == nullptr) return nullptr;
      arrow::ArrayVector columns;
      for (const iceberg::Field& field : schema_.fields) {
        std::shared_ptr<arrow::Array> found;
        for (int i = 0; i < batch->num_columns(); ++i) {
          if (FieldIdOf(*batch->schema()->field(i)) == field.id) found = batch->column(i);
        }
        TL_ASSIGN(auto column, Project(found, field, batch->num_rows()));
        columns.push_back(std::move(column));
      }
      return arrow::RecordBatch::Make(arrow_schema_, batch->num_rows(), std::move(columns));
    } catch (const std::exception& e) {
      return Fail(Code::kCorrupt, "{}: {}", path_, e.what());
    }
  }

 private:
  Result<void> Check(const arrow::Status& status) const {
    if (status.ok()) return {};
    return Fail(status.IsIOError() ? Code::kIo : Code::kCorrupt, "{}: {}", path_,
                status.ToString());
  }

  std::string path_;
  iceberg::Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
  int64_t least_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<DataFileReader>> DataFileReader::Open(store::ObjectStore& store,
                                                             const iceberg::DataFile& file,
                                                             const iceberg::Schema& schema) {
  TL_ASSIGN(std::string key, store.KeyOf(file.path));
  int64_t size = file.file_size;
  if (size <= 0) {
    TL_ASSIGN(store::ObjectInfo info, store.Head(key));
    size = info.size;
  }
  auto reader = std::make_unique<ParquetDataFileReader>(file.path, schema);
  try {
    TL_TRY(reader->Start(OpenStoreFile(store, std::move(key), size)));
  } catch (const std::exception& e) {
    return Fail(Code::kCorrupt, "{}: {}", file.path, e.what());
  }
  return reader;
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadDataFile(
    store::ObjectStore& store, const iceberg::DataFile& file, const iceberg::Schema& schema) {
  TL_ASSIGN(auto reader, DataFileReader::Open(store, file, schema));
  std::vector<std::shared_ptr<arrow::RecordBatch>> out;
  while (true) {
    TL_ASSIGN(auto batch, reader->Next());
    if (batch == nullptr) return out;
    out.push_back(std::move(batch));
  }
}

}  // namespace ticklake::lake
