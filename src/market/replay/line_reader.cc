#include "market/replay/line_reader.h"

#include <algorithm>

namespace ticklake::market {

Result<bool> LineReader::Next(Line& line) {
  TL_TRY(buffer_.Start());
  TL_ASSIGN(const size_t end, FindEnd());
  if (buffer_.exhausted()) return false;
  const bool ends = end != std::string_view::npos;
  const std::string_view text = buffer_.text();
  const size_t begin = buffer_.begin();
  line.number = ++number_;
  line.problem.clear();
  line.text = text.substr(begin, std::min(end, text.size()) - begin);
  if (ends && line.text.ends_with('\r')) line.text.remove_suffix(1);
  buffer_.Advance(ends ? end + 1 : text.size());
  if (line.text.size() <= max_bytes_) return true;
  line.text = {};
  line.problem = fmt::format("it is longer than {} bytes", max_bytes_);
  if (!ends) TL_TRY(SkipLongLine());
  return true;
}

Result<size_t> LineReader::FindEnd() {
  size_t seen = 0;  // bytes of the line without an end in them
  for (;;) {
    const size_t end = buffer_.text().find('\n', buffer_.begin() + seen);
    seen = buffer_.rest().size();
    if (end != std::string_view::npos || buffer_.at_end() || seen > max_bytes_ + 1) return end;
    TL_TRY(buffer_.Fill());
  }
}

Result<void> LineReader::SkipLongLine() {
  for (;;) {
    const size_t end = buffer_.text().find('\n', buffer_.begin());
    if (end != std::string_view::npos) {
      buffer_.Advance(end + 1);
      return {};
    }
    buffer_.Advance(buffer_.text().size());
    if (buffer_.at_end()) return {};
    TL_TRY(buffer_.Fill());
  }
}

}  // namespace ticklake::market
