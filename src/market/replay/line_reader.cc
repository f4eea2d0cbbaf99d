#include "market/replay/line_reader.h"

#include <algorithm>

namespace ticklake::market {
namespace {

constexpr size_t kPiece = 256 << 10;

}  // namespace

Result<bool> LineReader::Next(Line& line) {
  if (!started_) {
    started_ = true;
    while (buffer_.size() < 3 && !at_end_) TL_TRY(Fill());
    TL_ASSIGN(begin_, ByteOrderMark(buffer_));
  }
  scanned_ = begin_;
  size_t end = buffer_.find('\n', scanned_);
  while (end == std::string::npos && !at_end_ && buffer_.size() - begin_ <= max_bytes_ + 1) {
    TL_TRY(Fill());
    end = buffer_.find('\n', scanned_);
    scanned_ = buffer_.size();
  }
  if (end == std::string::npos && begin_ == buffer_.size() && at_end_) return false;
  line.number = ++number_;
  line.problem.clear();
  line.text = std::string_view(buffer_).substr(begin_, std::min(end, buffer_.size()) - begin_);
  if (end != std::string::npos && line.text.ends_with('\r')) line.text.remove_suffix(1);
  begin_ = end == std::string::npos ? buffer_.size() : end + 1;
  if (line.text.size() <= max_bytes_) return true;
  line.text = {};
  line.problem = fmt::format("it is longer than {} bytes", max_bytes_);
  if (end == std::string::npos) TL_TRY(SkipLongLine());
  return true;
}

Result<void> LineReader::Fill() {
  buffer_.erase(0, begin_);
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kPiece);
  auto got = source_->Read(buffer_.data() + before, kPiece);
  buffer_.resize(before + got.value_or(0));
  if (!got) return Fail(got.error());
  at_end_ = *got == 0;
  return {};
}

Result<void> LineReader::SkipLongLine() {
  for (;;) {
    const size_t end = buffer_.find('\n', begin_);
    if (end != std::string::npos) {
      begin_ = end + 1;
      return {};
    }
    begin_ = buffer_.size();
    if (at_end_) return {};
    TL_TRY(Fill());
  }
}

}  // namespace ticklake::market
