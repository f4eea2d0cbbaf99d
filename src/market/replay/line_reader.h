// LineReader: the lines of a text file, one by one, without their line ends (LF or CRLF).
//
// A byte-order mark at the beginning is passed over. A line that is too long is handed out with
// its `problem`, and reading goes on behind it; what is read does not depend on the pieces the
// bytes come in. Threading: one thread. Does not: check UTF-8.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "market/replay/text_buffer.h"

namespace ticklake::market {

struct Line {
  int64_t number = 0;     ///< from 1
  std::string_view text;  ///< valid until the next line is read
  std::string problem;    ///< empty, or why `text` is
};

class LineReader {
 public:
  LineReader(std::unique_ptr<ByteSource> source, size_t max_bytes)
      : buffer_(std::move(source)), max_bytes_(max_bytes) {}

  /// Reads the next line; false at the end. Errors are the source's, and kUnsupported for UTF-16.
  Result<bool> Next(Line& line);
  const ByteSource& source() const { return buffer_.source(); }

 private:
  /// The next line end, or npos if there is none before the limit or the end.
  Result<size_t> FindEnd();
  Result<void> SkipLongLine();

  TextBuffer buffer_;
  const size_t max_bytes_;
  int64_t number_ = 0;
};

}  // namespace ticklake::market
