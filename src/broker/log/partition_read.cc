// PartitionLog: reading batches, finding offsets and times.
#include <algorithm>
#include <array>
#include <utility>

#include "broker/log/batch_scan.h"
#include "broker/log/partition_log.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {
namespace {

constexpr size_t kHeaderWindow = 16 << 10;
/// Bytes of records that a search for a time unpacks at once.
constexpr size_t kSearchStep = size_t{4} << 20;

/// Reads up to `wanted` bytes into memory of their own, not zeroed first.
Result<std::shared_ptr<std::string>> ReadBlock(File& file, uint64_t position, uint64_t wanted) {
  auto block = std::make_shared<std::string>();
  Result<size_t> got = 0;
  block->resize_and_overwrite(static_cast<size_t>(wanted), [&](char* data, size_t) -> size_t {
    got = file.ReadAt(position, data, static_cast<size_t>(wanted));
    return got.value_or(0);
  });
  if (!got) return Fail(got.error());
  return block;
}

/// A walk over whole batches that follow each other and end at or before an offset.
struct BatchWalk {
  int64_t end = 0;    ///< the offset
  uint64_t most = 0;  ///< bytes
  int64_t next_offset = 0;
  uint64_t used = 0;
  uint64_t last_size = 0;  ///< of the batch before

  /// Passes over the batch of which `bytes` is the beginning; false when it does not belong.
  bool Step(std::string_view bytes) {
    const auto header = PeekHeader(bytes, used);
    if (!header || header->size > most - used || header->next_offset > end) return false;
    if (used > 0 && header->base_offset != next_offset) return false;
    next_offset = header->next_offset;
    used += header->size;
    last_size = header->size;
    return true;
  }
};

/// Walks over batches in a file, reading their headers: alone, or where batches are small the
/// whole file, in pieces that stay in the CPU's cache.
Result<void> WalkFile(File& file, uint64_t position, BatchWalk& walk) {
  constexpr uint64_t kSmallBatch = 2 << 10;
  std::array<char, kHeaderWindow> window;
  while (true) {
    const size_t wanted = walk.last_size < kSmallBatch ? window.size() : kafka::kBatchHeaderSize;
    TL_ASSIGN(const size_t got, file.ReadAt(position + walk.used, window.data(), wanted));
    const std::string_view read(window.data(), got);
    const uint64_t from = walk.used;
    size_t at = 0;
    while (at < got && walk.Step(read.substr(at))) at = static_cast<size_t>(walk.used - from);
    if (at == 0) return {};
  }
}

}  // namespace

Result<void> PartitionLog::CheckBounds(int64_t offset) const {
  const int64_t start = log_start();
  const int64_t end = durable_end();
  if (offset >= start && offset <= end) return {};
  return Fail(Code::kNotFound, "offset {}: out of range; the log holds {} to {}", offset, start,
              end);
}

std::shared_ptr<Segment> PartitionLog::SegmentOf(int64_t offset) const {
  const std::lock_guard lock(state_mutex_);
  const auto after = std::ranges::upper_bound(segments_, offset, {}, &Segment::base_offset);
  return after == segments_.begin() ? nullptr : *std::prev(after);
}

Error PartitionLog::Lost(const Error& cause, int64_t offset) const {
  // Retention may have removed the file meanwhile.
  if (cause.code == Code::kNotFound) {
    return Error{Code::kNotFound,
                 fmt::format("offset {}: out of range; the log begins at {}", offset, log_start())};
  }
  return cause;
}

Result<RawBatches> PartitionLog::Read(int64_t offset, size_t max_bytes, size_t large) const {
  TL_TRY(CheckBounds(offset));
  const int64_t end = durable_end();
  const auto segment = SegmentOf(offset);
  if (offset == end || segment == nullptr) {
    return RawBatches{.bytes = {}, .next_offset = offset, .owner = nullptr};
  }
  const auto facts = segment->Facts();
  const auto file = segment->OpenForReading();
  if (!facts) return Fail(Lost(facts.error(), offset));
  if (!file) return Fail(Lost(file.error(), offset));
  TL_ASSIGN(const uint64_t indexed, segment->PositionFor(offset));
  BatchScan scan(**file, facts->size, kHeaderWindow);
  TL_ASSIGN(const auto first, scan.Seek(indexed, offset));
  // durable_end is always between two batches.
  if (!first || first->base_offset > offset || first->next_offset > end) {
    return Fail(Code::kCorrupt, "{}: the batch at offset {} is damaged", segment->path(), offset);
  }
  const uint64_t wanted =
      std::min(std::max<uint64_t>(max_bytes, first->size), facts->size - first->position);
  BatchWalk walk{.end = end, .most = wanted, .next_offset = offset, .last_size = first->size};
  if (wanted >= large && (*file)->Descriptor() >= 0) {
    TL_TRY(WalkFile(**file, first->position, walk));
    return RawBatches{.bytes = {},
                      .next_offset = walk.next_offset,
                      .owner = nullptr,
                      .range = {*file, first->position, walk.used}};
  }
  TL_ASSIGN(auto block, ReadBlock(**file, first->position, wanted));
  walk.most = block->size();
  while (walk.Step(std::string_view(*block).substr(walk.used))) {
  }
  return RawBatches{.bytes = std::string_view(*block).substr(0, walk.used),
                    .next_offset = walk.next_offset,
                    .owner = std::move(block)};
}

Result<int64_t> PartitionLog::NextBatchOffset(int64_t offset) const {
  TL_TRY(CheckBounds(offset));
  const int64_t end = durable_end();
  const auto segment = SegmentOf(offset);
  if (offset == end || segment == nullptr) {
    return Fail(Code::kNotFound, "offset {}: at the end of the log", offset);
  }
  TL_ASSIGN(const SegmentFacts facts, segment->Facts());
  TL_ASSIGN(const auto file, segment->OpenForReading());
  TL_ASSIGN(const uint64_t indexed, segment->PositionFor(offset));
  BatchScan scan(*file, facts.size, kHeaderWindow);
  TL_ASSIGN(const auto found, scan.Seek(indexed, offset));
  if (!found) return std::min(end, std::max(facts.next_offset, offset + 1));
  if (found->base_offset > offset) return std::min(end, found->base_offset);
  // The header at `offset` is believed only if what follows fits to it.
  const uint64_t behind = found->position + found->size;
  TL_ASSIGN(const auto next, scan.Header(behind));
  const bool fits = next ? next->base_offset == found->next_offset
                         : behind == facts.size && found->next_offset == facts.next_offset;
  if (fits) return std::min(end, found->next_offset);
  TL_ASSIGN(const auto intact, scan.FindIntact(found->position + 1, offset + 1));
  return std::min(end, intact ? intact->base_offset : std::max(facts.next_offset, offset + 1));
}

Result<std::optional<TimestampOffset>> PartitionLog::FindIn(Segment& segment,
                                                            int64_t timestamp_ms) const {
  TL_ASSIGN(const SegmentFacts facts, segment.Facts());
  if (facts.max_timestamp < timestamp_ms) return std::nullopt;
  TL_ASSIGN(uint64_t position, segment.PositionForTimestamp(timestamp_ms));
  TL_ASSIGN(const auto file, segment.OpenForReading());
  BatchScan scan(*file, facts.size, kHeaderWindow);
  while (position < facts.size) {
    TL_ASSIGN(const auto header, scan.Seek(position, 0));
    if (!header || header->next_offset > durable_end()) return std::nullopt;
    position = header->position + header->size;
    if (header->max_timestamp < timestamp_ms || header->next_offset <= log_start()) continue;
    TL_ASSIGN(const auto batch, scan.Whole(header->position));
    if (!batch) continue;  // damaged
    for (int64_t from = log_start(); from < batch->next_offset();) {
      kafka::RecordChunk chunk;
      if (!kafka::AppendRecords(*batch, from, chunk, kSearchStep)) break;
      from = chunk.next_offset;
      const auto at = std::ranges::find_if(chunk.records, [&](const kafka::Record& record) {
        return record.timestamp_ms >= timestamp_ms;
      });
      if (at != chunk.records.end()) return TimestampOffset{at->offset, at->timestamp_ms};
    }
  }
  return std::nullopt;
}

Result<std::optional<TimestampOffset>> PartitionLog::FindTimestamp(int64_t timestamp_ms) const {
  for (const auto& segment : Segments()) {
    TL_ASSIGN(const auto found, FindIn(*segment, timestamp_ms));
    if (found) return found;
  }
  return std::nullopt;
}

Result<int64_t> PartitionLog::MaxDurableTimestamp(Segment& segment) const {
  TL_ASSIGN(const SegmentFacts facts, segment.Facts());
  if (facts.next_offset <= durable_end()) return facts.max_timestamp;
  TL_ASSIGN(const auto file, segment.OpenForReading());
  BatchScan scan(*file, facts.size, kHeaderWindow);
  int64_t latest = -1;
  for (uint64_t position = 0; position < facts.size;) {
    TL_ASSIGN(const auto header, scan.Seek(position, 0));
    if (!header || header->next_offset > durable_end()) break;
    latest = std::max(latest, header->max_timestamp);
    position = header->position + header->size;
  }
  return latest;
}

Result<std::optional<TimestampOffset>> PartitionLog::FindMaxTimestamp() const {
  std::optional<TimestampOffset> best;
  for (const auto& segment : Segments()) {
    TL_ASSIGN(const int64_t latest, MaxDurableTimestamp(*segment));
    if (best && latest <= best->timestamp_ms) continue;
    TL_ASSIGN(const auto found, FindIn(*segment, latest));
    if (found) best = found;
  }
  return best;
}

}  // namespace ticklake::broker
