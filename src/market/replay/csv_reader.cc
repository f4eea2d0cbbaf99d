#include "market/replay/csv_reader.h"

#include <algorithm>

#include "base/utf8.h"

namespace ticklake::market {

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
    : buffer_(std::move(source)), options_(options) {}

Result<bool> CsvReader::Next(CsvRecord& record) {
  TL_TRY(buffer_.Start());
  for (;;) {
    TL_TRY(SkipRestOfLine());
    SkipBlankLines();
    if (buffer_.exhausted()) return false;
    const Outcome outcome = buffer_.rest().empty() ? Outcome::kNeedMore : Scan();
    if (Reach(outcome) >= options_.max_record_bytes) {
      Refuse(record, fmt::format("it is longer than {} bytes; was a quote left open?",
                                 options_.max_record_bytes));
      return true;
    }
    switch (outcome) {
      case Outcome::kNeedMore: TL_TRY(buffer_.Fill()); break;
      case Outcome::kBrokenQuote: Refuse(record, "text follows a closing quote"); return true;
      case Outcome::kOpenQuote: Refuse(record, "its quote is never closed"); return true;
      case Outcome::kRecord: Finish(record, next_begin_); return true;
    }
  }
}

// Bytes of the record that the scan had to see: the same, however they arrive in pieces.
size_t CsvReader::Reach(Outcome outcome) const {
  const size_t there = buffer_.rest().size();
  if (there == 0) return 0;
  if (outcome == Outcome::kNeedMore) return there - 1;
  return outcome == Outcome::kOpenQuote ? there : reached_ - buffer_.begin();
}

void CsvReader::SkipBlankLines() {
  for (;;) {
    const std::string_view rest = buffer_.rest();
    const size_t cr = rest.starts_with('\r') ? 1 : 0;
    if (!rest.substr(cr).starts_with('\n')) return;
    buffer_.Advance(buffer_.begin() + cr + 1);
    ++line_;
  }
}

// Finds the cells of the record.
CsvReader::Outcome CsvReader::Scan() {
  spans_.clear();
  size_t p = buffer_.begin();
  for (;;) {
    const Outcome outcome = ScanCell(p);
    reached_ = p;
    if (outcome != Outcome::kRecord) return outcome;
    const std::string_view text = buffer_.text();
    if (p == text.size()) {
      next_begin_ = p;
      return Outcome::kRecord;  // ScanCell has seen that nothing follows
    }
    if (text[p] == options_.delimiter) {
      ++p;
      continue;
    }
    next_begin_ = p + (text[p] == '\r' ? 2 : 1);
    return Outcome::kRecord;
  }
}

// Scans one cell from p and leaves p at the delimiter, the line end or the end of the file.
CsvReader::Outcome CsvReader::ScanCell(size_t& p) {
  const std::string_view text = buffer_.text();
  const size_t size = text.size();
  Span span{.begin = p};
  if (p < size && text[p] == '"') {
    span.quoted = true;
    span.begin = ++p;
    for (;; p += 2) {
      p = text.find('"', p);
      if (p == std::string_view::npos) {
        return buffer_.at_end() ? Outcome::kOpenQuote : Outcome::kNeedMore;
      }
      if (p + 1 == size && !buffer_.at_end()) return Outcome::kNeedMore;
      if (p + 1 == size || text[p + 1] != '"') break;
      span.has_escapes = true;
    }
    span.size = p++ - span.begin;
  } else {
    while (p < size && text[p] != options_.delimiter && text[p] != '\n' &&
           !(text[p] == '\r' && (p + 1 == size || text[p + 1] == '\n'))) {
      ++p;
    }
    span.size = p - span.begin;
  }
  // A CR at the very end may be half of a line end.
  const bool half = p < size && text[p] == '\r' && p + 1 == size;
  if ((p == size || half) && !buffer_.at_end()) return Outcome::kNeedMore;
  if (half) buffer_.DropLast();
  spans_.push_back(span);
  if (p == size || half || text[p] == options_.delimiter || text[p] == '\n') {
    return Outcome::kRecord;
  }
  if (text[p] == '\r' && text[p + 1] == '\n') return Outcome::kRecord;
  return Outcome::kBrokenQuote;
}

void CsvReader::Finish(CsvRecord& record, size_t end) {
  const std::string_view raw = buffer_.rest().substr(0, reached_ - buffer_.begin());
  const auto inner_lines = std::count(raw.begin(), raw.end(), '\n');
  record.line = line_;
  record.last_line = line_ + inner_lines;
  record.terminated = end != reached_;
  record.problem.clear();
  record.cells.clear();
  if (IsUtf8(raw)) {
    ExtractCells(record);
  } else {
    record.problem = "it is not valid UTF-8";
  }
  line_ = record.last_line + (record.terminated ? 1 : 0);
  buffer_.Advance(end);
}

// Gives up the line at the beginning; reading goes on behind it.
void CsvReader::Refuse(CsvRecord& record, std::string problem) {
  record.line = record.last_line = line_;
  record.terminated = true;
  record.problem = std::move(problem);
  record.cells.clear();
  skipping_ = true;
}

Result<void> CsvReader::SkipRestOfLine() {
  while (skipping_) {
    const size_t line_end = buffer_.text().find('\n', buffer_.begin());
    if (line_end != std::string_view::npos) {
      buffer_.Advance(line_end + 1);
      ++line_;
      skipping_ = false;
    } else {
      buffer_.Advance(buffer_.text().size());
      if (!buffer_.at_end()) TL_TRY(buffer_.Fill());
      skipping_ = !buffer_.at_end();
    }
  }
  return {};
}

void CsvReader::ExtractCells(CsvRecord& record) {
  unescaped_.clear();
  unescaped_.reserve(reached_ - buffer_.begin());  // so that views into it stay
  for (const Span& span : spans_) {
    std::string_view text = buffer_.text().substr(span.begin, span.size);
    if (span.has_escapes) {
      const size_t from = unescaped_.size();
      for (size_t i = 0; i < text.size(); ++i) {
        unescaped_ += text[i];
        if (text[i] == '"') ++i;
      }
      text = std::string_view(unescaped_).substr(from);
    }
    record.cells.push_back({text, span.quoted});
  }
}

}  // namespace ticklake::market
