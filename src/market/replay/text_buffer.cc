#include "market/replay/text_buffer.h"

namespace ticklake::market {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr size_t kByteOrderMark = 3;  // bytes, at most

}  // namespace

Result<void> TextBuffer::Start() {
  if (started_) return {};
  while (text_.size() < kByteOrderMark && !at_end_) TL_TRY(Fill());
  started_ = true;
  TL_ASSIGN(begin_, ByteOrderMark(text_));
  return {};
}

Result<void> TextBuffer::Fill() {
  text_.erase(0, begin_);
  begin_ = 0;
  const size_t before = text_.size();
  text_.resize(before + kPiece);
  auto got = source_->Read(text_.data() + before, kPiece);
  text_.resize(before + got.value_or(0));
  if (!got) return Fail(got.error());
  at_end_ = *got == 0;
  return {};
}

}  // namespace ticklake::market
