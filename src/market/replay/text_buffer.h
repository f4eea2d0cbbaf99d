// TextBuffer: the part of a source's text that a reader of records looks at.
//
// What a reader has done with is dropped when the next bytes are fetched; positions are offsets
// into text() and are moved with it. A byte-order mark at the beginning is passed over.
// Threading: one thread. Does not: check UTF-8, or bound what a reader keeps.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "market/replay/byte_source.h"

namespace ticklake::market {

class TextBuffer {
 public:
  explicit TextBuffer(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  /// Must be called before anything else, again and again: it reads only once. Errors are the
  /// source's, and kUnsupported for UTF-16.
  Result<void> Start();
  /// Drops what is done with and fetches more. Sets at_end() when there is none.
  Result<void> Fill();

  /// What is there, from what is done with on; valid until Fill or DropLast.
  std::string_view text() const { return text_; }
  size_t begin() const { return begin_; }  ///< what stands before it is done with
  std::string_view rest() const { return text().substr(begin_); }
  void Advance(size_t to) { begin_ = to; }
  /// Forgets the last byte.
  void DropLast() { text_.pop_back(); }
  bool at_end() const { return at_end_; }  ///< of the source: Fill brings nothing more
  bool exhausted() const { return at_end_ && begin_ == text_.size(); }
  const ByteSource& source() const { return *source_; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string text_;
  size_t begin_ = 0;
  bool started_ = false;
  bool at_end_ = false;
};

}  // namespace ticklake::market
