#include "market/replay/csv_reader.h"

#include <algorithm>

#include "base/utf8.h"

namespace ticklake::market {
namespace {

constexpr size_t kPiece = 256 << 10;

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
    : source_(std::move(source)), options_(options) {}

Result<bool> CsvReader::Next(CsvRecord& record) {
  if (!started_) TL_TRY(SkipByteOrderMark());
  for (;;) {
    TL_TRY(SkipRestOfLine());
    SkipBlankLines();
    if (begin_ == buffer_.size() && at_end_) return false;
    const Outcome outcome = begin_ == buffer_.size() ? Outcome::kNeedMore : Scan();
    if (Reach(outcome) >= options_.max_record_bytes) {
      Refuse(record, fmt::format("it is longer than {} bytes; was a quote left open?",
                                 options_.max_record_bytes));
      return true;
    }
    switch (outcome) {
      case Outcome::kNeedMore: TL_TRY(Fill()); break;
      case Outcome::kBrokenQuote: Refuse(record, "text follows a closing quote"); return true;
      case Outcome::kOpenQuote: Refuse(record, "its quote is never closed"); return true;
      case Outcome::kRecord: Finish(record, next_begin_); return true;
    }
  }
}

// Bytes from begin_ that the scan had to see: the same, however the bytes arrive in pieces.
size_t CsvReader::Reach(Outcome outcome) const {
  if (begin_ == buffer_.size()) return 0;
  if (outcome == Outcome::kNeedMore) return buffer_.size() - 1 - begin_;
  return (outcome == Outcome::kOpenQuote ? buffer_.size() : reached_) - begin_;
}

Result<void> CsvReader::Fill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kPiece);
  auto got = source_->Read(buffer_.data() + before, kPiece);
  buffer_.resize(before + got.value_or(0));
  if (!got) return Fail(got.error());
  at_end_ = *got == 0;
  return {};
}

Result<void> CsvReader::SkipByteOrderMark() {
  started_ = true;
  while (buffer_.size() < 3 && !at_end_) TL_TRY(Fill());
  TL_ASSIGN(begin_, ByteOrderMark(buffer_));
  return {};
}

void CsvReader::SkipBlankLines() {
  while (begin_ < buffer_.size()) {
    const size_t cr = buffer_[begin_] == '\r' ? 1 : 0;
    if (begin_ + cr >= buffer_.size() || buffer_[begin_ + cr] != '\n') return;
    begin_ += cr + 1;
    ++line_;
  }
}

// Finds the cells of the record at begin_.
CsvReader::Outcome CsvReader::Scan() {
  spans_.clear();
  size_t p = begin_;
  for (;;) {
    const Outcome outcome = ScanCell(p);
    reached_ = p;
    if (outcome != Outcome::kRecord) return outcome;
    if (p == buffer_.size()) {
      next_begin_ = p;
      return Outcome::kRecord;  // ScanCell has seen that nothing follows
    }
    if (buffer_[p] == options_.delimiter) {
      ++p;
      continue;
    }
    next_begin_ = p + (buffer_[p] == '\r' ? 2 : 1);
    return Outcome::kRecord;
  }
}

// Scans one cell from p and leaves p at the delimiter, the line end or the end of the file.
CsvReader::Outcome CsvReader::ScanCell(size_t& p) {
  const size_t size = buffer_.size();
  Span span{.begin = p};
  if (p < size && buffer_[p] == '"') {
    span.quoted = true;
    span.begin = ++p;
    for (;; p += 2) {
      p = buffer_.find('"', p);
      if (p == std::string::npos) return at_end_ ? Outcome::kOpenQuote : Outcome::kNeedMore;
      if (p + 1 == size && !at_end_) return Outcome::kNeedMore;
      if (p + 1 == size || buffer_[p + 1] != '"') break;
      span.has_escapes = true;
    }
    span.size = p++ - span.begin;
  } else {
    while (p < size && buffer_[p] != options_.delimiter && buffer_[p] != '\n' &&
           !(buffer_[p] == '\r' && (p + 1 == size || buffer_[p + 1] == '\n'))) {
      ++p;
    }
    span.size = p - span.begin;
  }
  // A CR at the very end may be half of a line end.
  if (p == size || (buffer_[p] == '\r' && p + 1 == size)) {
    if (!at_end_) return Outcome::kNeedMore;
    if (p != size) buffer_.pop_back();
  }
  spans_.push_back(span);
  if (p == buffer_.size() || buffer_[p] == options_.delimiter || buffer_[p] == '\n') {
    return Outcome::kRecord;
  }
  if (buffer_[p] == '\r' && buffer_[p + 1] == '\n') return Outcome::kRecord;
  return Outcome::kBrokenQuote;
}

void CsvReader::Finish(CsvRecord& record, size_t end) {
  const std::string_view raw(buffer_.data() + begin_, reached_ - begin_);
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
  begin_ = end;
}

// Gives up the line at begin_; reading goes on behind it.
void CsvReader::Refuse(CsvRecord& record, std::string problem) {
  record.line = record.last_line = line_;
  record.terminated = true;
  record.problem = std::move(problem);
  record.cells.clear();
  skipping_ = true;
}

Result<void> CsvReader::SkipRestOfLine() {
  while (skipping_) {
    const size_t line_end = buffer_.find('\n', begin_);
    if (line_end != std::string::npos) {
      begin_ = line_end + 1;
      ++line_;
      skipping_ = false;
    } else {
      begin_ = buffer_.size();
      if (!at_end_) TL_TRY(Fill());
      skipping_ = !at_end_;
    }
  }
  return {};
}

void CsvReader::ExtractCells(CsvRecord& record) {
  unescaped_.clear();
  unescaped_.reserve(reached_ - begin_);  // so that views into it stay
  for (const Span& span : spans_) {
    std::string_view text(buffer_.data() + span.begin, span.size);
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
