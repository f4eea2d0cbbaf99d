#include "kafka/record_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace ticklake::kafka {
namespace {

/// Of a batch of unknown size, or of a large one. Greater ones would leave the processor's cache.
constexpr size_t kBlock = size_t{1} << 20;
constexpr size_t kLeastBlock = 4096;
/// Up to this size that a batch claims, it is unpacked at once, which is faster.
constexpr size_t kWhole = size_t{4} << 20;
constexpr size_t kRatio = 4;  ///< a guess
constexpr size_t kLongestVarint = 10;

}  // namespace

Result<RecordStream> RecordStream::Open(Compression codec, std::string_view payload, size_t limit) {
  if (codec == Compression::kNone) {
    RecordStream plain(nullptr, limit);
    plain.p_ = payload.data();
    plain.end_ = payload.data() + payload.size();
    return plain;
  }
  TL_ASSIGN(auto unpacker, Unpack(codec, payload, limit));
  const size_t claimed = unpacker->claimed_size();
  RecordStream stream(std::move(unpacker), limit);
  // A byte more shows that it is all.
  const bool whole = claimed > 0 && claimed <= kWhole;
  stream.MakeRoom(whole ? claimed + 1 : std::clamp(payload.size() * kRatio, kLeastBlock, kBlock));
  return stream;
}

void RecordStream::MakeRoom(size_t need) {
  const size_t rest = left();
  if (!kept_ && need <= capacity_) {
    std::memmove(block_.get(), p_, rest);
  } else {
    // Not filled with zeros: what is never written to takes no memory.
    auto block = std::make_shared_for_overwrite<char[]>(need);
    if (rest > 0) std::memcpy(block.get(), p_, rest);
    block_ = std::move(block);
    capacity_ = need;
    kept_ = false;
  }
  p_ = block_.get();
  end_ = p_ + rest;
}

Result<void> RecordStream::Fill(size_t need) {
  const auto room = [this] { return capacity_ - static_cast<size_t>(end_ - block_.get()); };
  while (unpacker_ != nullptr && left() < need) {
    if (left() + room() < need || room() == 0) {
      const size_t usual = std::clamp(capacity_ * kRatio, kLeastBlock, kBlock);
      MakeRoom(std::max(need, usual));
    }
    const size_t asked = room();
    TL_ASSIGN(const size_t got, unpacker_->Read(block_.get() + (end_ - block_.get()), asked));
    end_ += got;
    if (got < asked) unpacker_.reset();
  }
  return {};
}

bool RecordStream::TryFill(size_t need) {
  auto filled = Fill(need);
  if (!filled) error_ = std::move(filled).error();
  return !error_;
}

std::string_view RecordStream::Next() {
  if (left() < kLongestVarint && !TryFill(kLongestVarint)) return {};
  uint64_t claimed = 0;
  const char* at = ReadUvarint(p_, end_, &claimed);
  if (at == nullptr) return {};
  const int64_t size = UnZigZag(claimed);
  if (size <= 0 || static_cast<uint64_t>(size) > limit_) return {};
  const auto bytes = static_cast<size_t>(size);
  if (bytes > static_cast<size_t>(end_ - at)) {
    const auto before = static_cast<size_t>(at - p_);
    if (!TryFill(before + bytes)) return {};
    at = p_ + before;
    if (bytes > static_cast<size_t>(end_ - at)) return {};
  }
  p_ = at + bytes;
  return {at, bytes};
}

void RecordStream::Keep(std::vector<std::shared_ptr<const void>>& backing) {
  if (block_ == nullptr || kept_) return;
  backing.push_back(block_);
  kept_ = true;
}

Result<bool> RecordStream::AtEnd() {
  if (left() == 0) TL_TRY(Fill(1));
  return left() == 0;
}

}  // namespace ticklake::kafka
