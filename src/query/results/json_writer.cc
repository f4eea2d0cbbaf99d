// JSON: an array of objects (json), or one object a line (jsonl). A name that occurs twice
// gets _1, _2, … so that no value is lost.
#include <fmt/format.h>
#include <set>

#include "query/results/value_text.h"
#include "query/results/writers.h"

namespace ticklake::query {
namespace {

struct Frame {
  const char* begin;
  const char* first;  // before the first row
  const char* next;   // before every other row
  const char* row_end;
  const char* end;
};

constexpr Frame kArray = {"[", "\n", ",\n", "", "\n]\n"};
constexpr Frame kLines = {"", "", "", "\n", ""};

std::vector<std::string> UniqueNames(const std::vector<Column>& columns) {
  std::set<std::string> taken;
  for (const Column& column : columns) taken.insert(column.name);
  std::set<std::string> used;
  std::vector<std::string> names;
  for (const Column& column : columns) {
    std::string name = column.name;
    for (int i = 1; used.contains(name) || (i > 1 && taken.contains(name)); ++i) {
      name = fmt::format("{}_{}", column.name, i);
    }
    used.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

class JsonWriter : public ResultWriter {
 public:
  JsonWriter(const Frame& frame, ByteSink& sink) : frame_(frame), out_(sink) {}

  Result<void> Begin(const ResultHead& head) override {
    columns_ = head.columns;
    for (const std::string& name : UniqueNames(columns_)) {
      std::string key = keys_.empty() ? "{" : ",";
      AppendJsonString(name, key);
      keys_.push_back(key + ':');
    }
    out_.text() += frame_.begin;
    return {};
  }

  Result<void> Write(duckdb_data_chunk chunk) override {
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < rows; ++row) {
      out_.text() += any_ ? frame_.next : frame_.first;
      any_ = true;
      for (size_t c = 0; c < columns_.size(); ++c) {
        out_.text() += keys_[c];
        AppendJson({columns_[c].type, duckdb_data_chunk_get_vector(chunk, c), row}, out_.text());
      }
      out_.text() += '}';
      out_.text() += frame_.row_end;
      TL_TRY(out_.Settle());
    }
    return {};
  }

  Result<void> End() override {
    out_.text() += frame_.end;
    return out_.Flush();
  }

 private:
  const Frame& frame_;
  BufferedSink out_;
  std::vector<Column> columns_;
  std::vector<std::string> keys_;  // with the punctuation before and after
  bool any_ = false;
};

}  // namespace

std::unique_ptr<ResultWriter> MakeJsonWriter(ByteSink& sink) {
  return std::make_unique<JsonWriter>(kArray, sink);
}

std::unique_ptr<ResultWriter> MakeJsonlWriter(ByteSink& sink) {
  return std::make_unique<JsonWriter>(kLines, sink);
}

}  // namespace ticklake::query
