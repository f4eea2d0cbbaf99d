#include "broker/log/segment_index.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "broker/log/log_format.h"

namespace ticklake::broker {
namespace {

constexpr std::string_view kMagic = "TLIX";
constexpr size_t kHeaderSize = 64;
constexpr size_t kEntrySize = 16;
constexpr size_t kCrcSize = 4;

}  // namespace

void SegmentIndex::Add(const IndexedBatch& batch) {
  if (entries_.empty() || batch.position >= entries_.back().position + kIndexInterval) {
    entries_.push_back({static_cast<uint32_t>(batch.base_offset - base_offset_),
                        static_cast<uint32_t>(batch.position), max_timestamp_});
  }
  next_offset_ = batch.next_offset;
  covered_ = batch.position + batch.size;
  max_timestamp_ = std::max(max_timestamp_, batch.max_timestamp);
}

void SegmentIndex::Touch(int64_t now_ms) {
  if (first_append_ms_ < 0) first_append_ms_ = now_ms;
  last_append_ms_ = std::max(last_append_ms_, now_ms);
}

void SegmentIndex::NotAfter(int64_t now_ms) {
  first_append_ms_ = std::min(first_append_ms_, now_ms);
  last_append_ms_ = std::min(last_append_ms_, now_ms);
}

uint64_t SegmentIndex::PositionFor(int64_t offset) const {
  const auto after = std::ranges::upper_bound(entries_, offset, {}, [&](const Entry& entry) {
    return base_offset_ + entry.relative_offset;
  });
  return after == entries_.begin() ? 0 : std::prev(after)->position;
}

uint64_t SegmentIndex::PositionForTimestamp(int64_t timestamp_ms) const {
  // max_timestamp_before never falls from one entry to the next.
  const auto at = std::ranges::lower_bound(
      entries_, timestamp_ms, {}, [](const Entry& entry) { return entry.max_timestamp_before; });
  return at == entries_.begin() ? 0 : std::prev(at)->position;
}

uint64_t SegmentIndex::PositionAfter(uint64_t position) const {
  const auto after = std::ranges::upper_bound(entries_, position, {}, &Entry::position);
  return after == entries_.end() ? covered_ : after->position;
}

std::string SegmentIndex::Serialize() const {
  std::string out(kMagic);
  AppendBig<uint32_t>(out, kIndexVersion);
  AppendBig<int64_t>(out, base_offset_);
  AppendBig<int64_t>(out, next_offset_);
  AppendBig<uint64_t>(out, covered_);
  AppendBig<int64_t>(out, max_timestamp_);
  AppendBig<int64_t>(out, first_append_ms_);
  AppendBig<int64_t>(out, last_append_ms_);
  AppendBig<uint64_t>(out, entries_.size());
  for (const Entry& entry : entries_) {
    AppendBig<uint32_t>(out, entry.relative_offset);
    AppendBig<uint32_t>(out, entry.position);
    AppendBig<int64_t>(out, entry.max_timestamp_before);
  }
  AppendBig<uint32_t>(out, Crc32c(out));
  return out;
}

Result<SegmentIndex> SegmentIndex::Parse(std::string_view data, int64_t base_offset) {
  const auto damaged = [] { return Fail(Code::kCorrupt, "segment index: damaged"); };
  if (data.size() < kHeaderSize + kCrcSize || !data.starts_with(kMagic)) return damaged();
  const char* p = data.data();
  if (LoadBig<uint32_t>(p + 4) > kIndexVersion) {
    return Fail(Code::kUnsupported, "segment index: made by a newer Ticklake");
  }
  const size_t body = data.size() - kCrcSize;
  if (LoadBig<uint32_t>(p + body) != Crc32c(data.substr(0, body))) return damaged();
  const auto count = LoadBig<uint64_t>(p + 56);
  if (LoadBig<int64_t>(p + 8) != base_offset || (body - kHeaderSize) / kEntrySize != count ||
      (body - kHeaderSize) % kEntrySize != 0) {
    return damaged();
  }
  SegmentIndex index(base_offset);
  index.next_offset_ = LoadBig<int64_t>(p + 16);
  index.covered_ = LoadBig<uint64_t>(p + 24);
  index.max_timestamp_ = LoadBig<int64_t>(p + 32);
  index.first_append_ms_ = LoadBig<int64_t>(p + 40);
  index.last_append_ms_ = LoadBig<int64_t>(p + 48);
  index.entries_.reserve(count);
  for (const char* e = p + kHeaderSize; e < p + body; e += kEntrySize) {
    index.entries_.push_back(
        {LoadBig<uint32_t>(e), LoadBig<uint32_t>(e + 4), LoadBig<int64_t>(e + 8)});
  }
  return index;
}

}  // namespace ticklake::broker
