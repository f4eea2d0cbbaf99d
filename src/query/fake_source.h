// FakeSource: a TableSource in memory whose committed files are real Parquet, for tests and
// benches of this room.
//
// Threading: Databases, Tables and View from any thread; filling it from one, before them.
#pragma once

#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lake/rows/arrow_schema.h"
#include "lake/sink/view.h"

namespace ticklake::query {

class FakeSource : public lake::TableSource {
 public:
  using Rows = std::shared_ptr<arrow::RecordBatch>;

  /// Files go to `folder`, which is made.
  explicit FakeSource(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  /// Makes a table, or gives it a newer schema.
  void SetSchema(const std::string& database, const std::string& table,
                 lake::iceberg::Schema schema) {
    lake::TableView& view = tables_[{database, table}];
    view.database = database;
    view.name = table;
    view.schema = std::move(schema);
  }

  /// Writes rows as one committed file.
  void Commit(const std::string& database, const std::string& table, const Rows& rows) {
    const std::string path = folder_ + "/day=2024-11-22-" + std::to_string(++files_) + ".parquet";
    auto out = arrow::io::FileOutputStream::Open(path).ValueOrDie();
    const auto data = arrow::Table::FromRecordBatches({rows}).ValueOrDie();
    const auto properties =
        parquet::WriterProperties::Builder().compression(arrow::Compression::ZSTD)->build();
    const auto status =
        parquet::arrow::WriteTable(*data, arrow::default_memory_pool(), out, 1 << 20, properties);
    if (!status.ok() || !out->Close().ok()) throw std::runtime_error(status.ToString());
    lake::iceberg::DataFile file;
    file.path = "file://" + path;
    file.record_count = rows->num_rows();
    tables_.at({database, table}).files.push_back(file);
  }

  /// Adds rows, of exactly the schema's columns, to the tail.
  void Append(const std::string& database, const std::string& table, const Rows& rows) {
    tables_.at({database, table}).tail.push_back(rows);
  }

  void SetNote(const std::string& database, const std::string& table, std::string note) {
    tables_.at({database, table}).note = std::move(note);
  }

  /// Rows of a schema from a JSON array of objects.
  static Rows FromJson(const lake::iceberg::Schema& schema, const std::string& json) {
    const auto type = arrow::struct_(lake::ToArrowSchema(schema)->fields());
    const auto array = arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
    const auto rows = arrow::RecordBatch::FromStructArray(array).ValueOrDie();
    // The struct array dropped the schema's own metadata; the field ids are in the fields.
    return arrow::RecordBatch::Make(lake::ToArrowSchema(schema), rows->num_rows(), rows->columns());
  }

  Result<std::vector<std::string>> Databases() override {
    std::vector<std::string> names;
    for (const auto& [key, view] : tables_) {
      if (names.empty() || names.back() != key.first) names.push_back(key.first);
    }
    return names;
  }

  Result<std::vector<std::string>> Tables(const std::string& database) override {
    std::vector<std::string> names;
    for (const auto& [key, view] : tables_) {
      if (key.first == database) names.push_back(key.second);
    }
    return names;
  }

  Result<lake::TableView> View(const std::string& database, const std::string& table,
                               const lake::Patience& /*patience*/) override {
    ++views_;
    const auto found = tables_.find({database, table});
    if (found == tables_.end()) return Fail(Code::kNotFound, "no {}.{}", database, table);
    return found->second;
  }

  /// How often View was called.
  int views() const { return views_; }
  const std::string& folder() const { return folder_; }

 private:
  const std::string folder_;
  std::map<std::pair<std::string, std::string>, lake::TableView> tables_;
  int files_ = 0;
  std::atomic<int> views_{0};
};

}  // namespace ticklake::query
