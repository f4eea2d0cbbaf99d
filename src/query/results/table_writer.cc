// A table for people: aligned columns, numbers to the right, NULL shown, a count of rows.
//
// Widths come from the first rows; later ones keep them, and a longer cell only pushes its own
// line out.
#include <algorithm>
#include <numeric>

#include "query/results/display_text.h"
#include "query/results/writers.h"

namespace ticklake::query {
namespace {

constexpr size_t kRowsMeasured = 10'000;
constexpr size_t kNarrowest = 8;  // a column is not cut below this
constexpr std::string_view kGap = "  ";

// The text with at most `width` characters; what was cut shows as an ellipsis.
std::string Cut(const std::string& text, size_t width) {
  if (WidthOf(text) <= width) return text;
  size_t end = 0;
  for (size_t seen = 0; end < text.size(); ++end) {
    if (StartsCharacter(text[end]) && ++seen == width) break;
  }
  return text.substr(0, end) + "…";
}

using Row = std::vector<std::string>;

class TableWriter : public ResultWriter {
 public:
  TableWriter(const WriterOptions& options, ByteSink& sink)
      : max_width_(options.max_width), footer_(options.footer), out_(sink) {}

  Result<void> Begin(const ResultHead& head) override {
    columns_ = head.columns;
    return {};
  }

  Result<void> Write(duckdb_data_chunk chunk) override {
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t r = 0; r < rows; ++r) {
      Row row;
      for (size_t c = 0; c < columns_.size(); ++c) {
        row.push_back(DisplayText({columns_[c].type, duckdb_data_chunk_get_vector(chunk, c), r}));
      }
      ++count_;
      if (started_) {
        AppendRow(row);
        TL_TRY(out_.Settle());
        continue;
      }
      first_rows_.push_back(std::move(row));
      if (first_rows_.size() == kRowsMeasured) TL_TRY(Start());
    }
    return {};
  }

  Result<void> End() override {
    if (!started_) TL_TRY(Start());
    if (footer_) out_.text() += RowCount(count_);
    return out_.Flush();
  }

 private:
  // Prints the header and the rows kept so far.
  Result<void> Start() {
    started_ = true;
    Row names;
    for (const Column& column : columns_) names.push_back(Printable(column.name));
    Measure(names);
    AppendRow(names);
    for (size_t c = 0; c < widths_.size(); ++c) {
      if (c != 0) out_.text() += kGap;
      for (size_t i = 0; i < widths_[c]; ++i) out_.text() += "─";
    }
    out_.text() += '\n';
    for (const Row& row : first_rows_) {
      AppendRow(row);
      TL_TRY(out_.Settle());
    }
    first_rows_.clear();
    return {};
  }

  void Measure(const Row& names) {
    for (size_t c = 0; c < columns_.size(); ++c) {
      size_t width = WidthOf(names[c]);
      for (const Row& row : first_rows_) width = std::max(width, WidthOf(row[c]));
      widths_.push_back(std::max<size_t>(width, 1));
    }
    if (max_width_ != 0) Narrow();
  }

  // Takes from the widest column until the line fits or all are narrow.
  void Narrow() {
    size_t total = std::accumulate(widths_.begin(), widths_.end(), size_t{0}) +
                   kGap.size() * (widths_.empty() ? 0 : widths_.size() - 1);
    while (total > max_width_) {
      const auto widest = std::ranges::max_element(widths_);
      if (*widest <= kNarrowest) break;
      --*widest;
      --total;
    }
  }

  void AppendRow(const Row& row) {
    std::string& out = out_.text();
    for (size_t c = 0; c < row.size(); ++c) {
      if (c != 0) out += kGap;
      const std::string text = max_width_ == 0 ? row[c] : Cut(row[c], widths_[c]);
      const size_t width = WidthOf(text);
      const std::string padding(width < widths_[c] ? widths_[c] - width : 0, ' ');
      const bool right = columns_[c].type.IsNumber();
      if (right) out += padding;
      out += text;
      if (!right && c + 1 != row.size()) out += padding;  // no spaces at the end of a line
    }
    out += '\n';
  }

  const size_t max_width_;
  const bool footer_;
  BufferedSink out_;
  std::vector<Column> columns_;
  std::vector<Row> first_rows_;
  std::vector<size_t> widths_;
  uint64_t count_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<ResultWriter> MakeTableWriter(const WriterOptions& options, ByteSink& sink) {
  return std::make_unique<TableWriter>(options, sink);
}

}  // namespace ticklake::query
