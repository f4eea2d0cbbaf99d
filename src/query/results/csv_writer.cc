// CSV as RFC 4180 has it: a header, CRLF line ends, quotes where needed. NULL is an empty
// field, the empty string is "".
#include "query/results/value_text.h"
#include "query/results/writers.h"

namespace ticklake::query {
namespace {

void AppendField(std::string_view field, std::string& out) {
  if (!field.empty() && field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvWriter : public ResultWriter {
 public:
  explicit CsvWriter(ByteSink& sink) : out_(sink) {}

  Result<void> Begin(const ResultHead& head) override {
    columns_ = head.columns;
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (c != 0) out_.text() += ',';
      AppendField(columns_[c].name, out_.text());
    }
    out_.text() += "\r\n";
    return {};
  }

  Result<void> Write(duckdb_data_chunk chunk) override {
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < rows; ++row) {
      for (size_t c = 0; c < columns_.size(); ++c) {
        if (c != 0) out_.text() += ',';
        AppendCell({columns_[c].type, duckdb_data_chunk_get_vector(chunk, c), row});
      }
      out_.text() += "\r\n";
      TL_TRY(out_.Settle());
    }
    return {};
  }

  Result<void> End() override { return out_.Flush(); }

 private:
  void AppendCell(const Cell& cell) {
    if (cell.IsNull()) return;
    field_.clear();
    AppendText(cell, field_);
    AppendField(field_, out_.text());
  }

  BufferedSink out_;
  std::vector<Column> columns_;
  std::string field_;
};

}  // namespace

std::unique_ptr<ResultWriter> MakeCsvWriter(ByteSink& sink) {
  return std::make_unique<CsvWriter>(sink);
}

}  // namespace ticklake::query
