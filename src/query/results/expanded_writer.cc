// A record at a time for people, a line for each column: what does not fit a table's line.
//
// Values are not cut: a terminal wraps them.
#include <fmt/format.h>
#include <algorithm>
#include <iterator>

#include "query/results/display_text.h"
#include "query/results/writers.h"

namespace ticklake::query {
namespace {

constexpr std::string_view kGap = "  ";
constexpr size_t kRule = 40;  // characters of the line between records, at least

class ExpandedWriter : public ResultWriter {
 public:
  ExpandedWriter(const WriterOptions& options, ByteSink& sink)
      : footer_(options.footer), out_(sink) {}

  Result<void> Begin(const ResultHead& head) override {
    columns_ = head.columns;
    size_t widest = 0;
    for (const Column& column : columns_)
      widest = std::max(widest, WidthOf(Printable(column.name)));
    for (const Column& column : columns_) {
      std::string name = Printable(column.name);
      name.append(widest - WidthOf(name), ' ');
      names_.push_back(std::move(name));
    }
    return {};
  }

  Result<void> Write(duckdb_data_chunk chunk) override {
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t r = 0; r < rows; ++r) {
      AppendRule(++count_);
      for (size_t c = 0; c < columns_.size(); ++c) {
        const Cell cell{columns_[c].type, duckdb_data_chunk_get_vector(chunk, c), r};
        fmt::format_to(std::back_inserter(out_.text()), "{}{}{}\n", names_[c], kGap,
                       DisplayText(cell));
      }
      TL_TRY(out_.Settle());
    }
    return {};
  }

  Result<void> End() override {
    if (footer_) out_.text() += RowCount(count_);
    return out_.Flush();
  }

 private:
  void AppendRule(uint64_t row) {
    const std::string title = fmt::format("─[ {} ]", row);
    out_.text() += title;
    for (size_t i = WidthOf(title); i < kRule; ++i) out_.text() += "─";
    out_.text() += '\n';
  }

  const bool footer_;
  BufferedSink out_;
  std::vector<Column> columns_;
  std::vector<std::string> names_;  // padded
  uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> MakeExpandedWriter(const WriterOptions& options, ByteSink& sink) {
  return std::make_unique<ExpandedWriter>(options, sink);
}

}  // namespace ticklake::query
