#include "broker/log/batch_scan.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace ticklake::broker {

using kafka::kBatchHeaderSize;

std::optional<IndexedBatch> PeekHeader(std::string_view bytes, uint64_t position) {
  if (bytes.size() < kBatchHeaderSize || bytes[kafka::kMagicAt] != 2) return std::nullopt;
  const char* p = bytes.data();
  const auto base = LoadBig<int64_t>(p + kafka::kBaseOffsetAt);
  const auto length = LoadBig<int32_t>(p + kafka::kLengthAt);
  const auto last_delta = LoadBig<int32_t>(p + kafka::kLastOffsetDeltaAt);
  if (base < 0 || last_delta < 0 || base > std::numeric_limits<int64_t>::max() - last_delta - 1 ||
      length < static_cast<int32_t>(kBatchHeaderSize - kafka::kLengthOverhead)) {
    return std::nullopt;
  }
  return IndexedBatch{.base_offset = base,
                      .next_offset = base + last_delta + 1,
                      .position = position,
                      .size = static_cast<uint64_t>(length) + kafka::kLengthOverhead,
                      .max_timestamp = LoadBig<int64_t>(p + kafka::kMaxTimestampAt)};
}

Result<std::string_view> BatchScan::Bytes(uint64_t position, size_t size) {
  if (position >= limit_) return std::string_view{};
  size = static_cast<size_t>(std::min<uint64_t>(size, limit_ - position));
  if (position < begin_ || position + size > end_) {
    const auto wanted =
        static_cast<size_t>(std::min<uint64_t>(std::max(size, window_), limit_ - position));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    begin_ = end_ = 0;
    TL_ASSIGN(const size_t got, file_.ReadAt(position, buffer_.data(), wanted));
    begin_ = position;
    end_ = position + got;
  }
  return std::string_view(buffer_).substr(static_cast<size_t>(position - begin_),
                                          static_cast<size_t>(end_ - position));
}

Result<std::optional<IndexedBatch>> BatchScan::Header(uint64_t position) {
  TL_ASSIGN(const std::string_view bytes, Bytes(position, kBatchHeaderSize));
  auto header = PeekHeader(bytes, position);
  if (header && header->size > limit_ - position) header.reset();
  return header;
}

Result<std::optional<kafka::RecordBatch>> BatchScan::Whole(uint64_t position) {
  TL_ASSIGN(const auto header, Header(position));
  if (!header) return std::nullopt;
  TL_ASSIGN(const std::string_view bytes, Bytes(position, static_cast<size_t>(header->size)));
  const auto batch = kafka::FirstBatch(bytes);
  if (!batch || !batch->Check()) return std::nullopt;
  return *batch;
}

Result<std::optional<IndexedBatch>> BatchScan::FindIntact(uint64_t position, int64_t min_offset) {
  constexpr int64_t kSpan = int64_t{1} << 31;
  while (position + kBatchHeaderSize <= limit_) {
    TL_ASSIGN(const std::string_view bytes, Bytes(position, kBatchHeaderSize));
    if (bytes.size() < kBatchHeaderSize) break;
    // The byte that says "format 2" is where a header is betrayed.
    const std::string_view magics = bytes.substr(kafka::kMagicAt);
    const void* const found = std::memchr(magics.data(), 2, magics.size());
    if (found == nullptr) {
      position += magics.size();
      continue;
    }
    position += static_cast<uint64_t>(static_cast<const char*>(found) - magics.data());
    TL_ASSIGN(const auto header, Header(position));
    if (header && header->base_offset >= min_offset && header->base_offset - min_offset < kSpan) {
      TL_ASSIGN(const auto batch, Whole(position));
      if (batch) return header;
    }
    ++position;
  }
  return std::nullopt;
}

Result<bool> BatchScan::FitsWhatFollows(const IndexedBatch& batch) {
  const uint64_t behind = batch.position + batch.size;
  if (behind == limit_) return true;
  TL_ASSIGN(const auto next, Header(behind));
  if (next && next->base_offset == batch.next_offset) return true;
  TL_ASSIGN(const auto whole, Whole(batch.position));
  return whole.has_value();
}

Result<std::optional<IndexedBatch>> BatchScan::Seek(uint64_t position, int64_t offset) {
  int64_t expected = -1;  // what the batch before says; the first may be any
  uint64_t before = position;
  while (position < limit_) {
    TL_ASSIGN(auto header, Header(position));
    if (!header || (expected >= 0 && header->base_offset != expected)) {
      // The damage may be in the length of the batch before.
      TL_ASSIGN(const auto trusted, Whole(before));
      const uint64_t from = trusted ? position : before;
      TL_ASSIGN(header, FindIntact(from + 1, std::max<int64_t>(expected, 0)));
      if (!header) return std::nullopt;
    }
    if (header->next_offset > offset) {
      TL_ASSIGN(const bool fits, FitsWhatFollows(*header));
      if (fits) return header;
      TL_ASSIGN(const auto intact, FindIntact(header->position + 1, header->base_offset + 1));
      if (!intact || intact->base_offset > offset)
        return header;  // damaged, but the place is right
      header = intact;
      if (header->next_offset > offset) return header;
    }
    expected = header->next_offset;
    before = header->position;
    position = header->position + header->size;
  }
  return std::nullopt;
}

}  // namespace ticklake::broker
