#include "kafka/record_batch.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/crc32c.h"

namespace ticklake::kafka {
namespace {

/// Reads zig-zag varints and byte strings; after the first thing that does not fit, `ok` is
/// false and everything reads as nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : p_(bytes.data()), end_(p_ + bytes.size()) {}

  bool ok() const { return p_ != nullptr; }
  bool AtEnd() const { return p_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - p_); }

  int64_t Varint() {
    if (p_ == nullptr) return 0;
    if (p_ < end_ && (*p_ & 0x80) == 0) return UnZigZag(static_cast<uint8_t>(*p_++));
    uint64_t value = 0;
    p_ = ReadUvarint(p_, end_, &value);
    return UnZigZag(value);
  }

  std::string_view Bytes(int64_t size) {
    if (p_ == nullptr || size < 0 || static_cast<uint64_t>(size) > left()) {
      p_ = nullptr;
      return {};
    }
    const std::string_view bytes(p_, static_cast<size_t>(size));
    p_ += size;
    return bytes;
  }

  /// A length and as many bytes; -1: null.
  std::optional<std::string_view> NullableBytes() {
    const int64_t size = Varint();
    if (size == -1) return std::nullopt;
    return Bytes(size);
  }

 private:
  const char* p_;
  const char* end_;
};

/// Counts instead of keeping: for checks.
struct NoHeaders {
  size_t size() const { return 0; }
  void push_back(const Header&) {}
};

/// One record without its offset and time: those are deltas.
struct RawRecord {
  int64_t timestamp_delta = 0;
  int64_t offset_delta = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  uint32_t header_count = 0;
};

/// Reads the record at the cursor; false when it does not fit its own length.
template <class Headers>
bool ReadRecord(Cursor& in, Headers& headers, RawRecord& record) {
  const int64_t size = in.Varint();
  const std::string_view bytes = in.Bytes(size);
  if (!in.ok() || bytes.empty()) return false;
  Cursor body(bytes.substr(1));  // attributes: unused
  record.timestamp_delta = body.Varint();
  record.offset_delta = body.Varint();
  record.key = body.NullableBytes();
  record.value = body.NullableBytes();
  const int64_t count = body.Varint();
  if (!body.ok() || count < 0 || static_cast<uint64_t>(count) > body.left()) return false;
  record.header_count = static_cast<uint32_t>(count);
  for (int64_t i = 0; i < count && body.ok(); ++i) {
    const std::string_view name = body.Bytes(body.Varint());
    headers.push_back({name, body.NullableBytes()});
  }
  return body.ok() && body.AtEnd();
}

std::unexpected<Error> BadRecord(const RecordBatch& batch, int32_t index) {
  return Fail(Code::kCorrupt,
              "batch at offset {}: record {} of {} is damaged or contradicts the header",
              batch.base_offset(), index, batch.record_count());
}

/// The records' plain bytes: views into the batch, or decompressed into `owner`.
Result<std::string_view> Plain(const RecordBatch& batch, size_t limit,
                               std::shared_ptr<const std::string>& owner) {
  if (batch.compression() == Compression::kNone) return batch.payload();
  auto plain = Decompress(batch.compression(), batch.payload(), limit);
  if (!plain) {
    return Fail(plain.error().Within(fmt::format("batch at offset {}", batch.base_offset())));
  }
  owner = std::make_shared<const std::string>(std::move(*plain));
  return std::string_view(*owner);
}

/// Appends all records at or after from_offset. No record is before the one before it, or beyond
/// the batch.
Result<void> Walk(const RecordBatch& batch, std::string_view plain, int64_t from_offset,
                  RecordChunk& chunk) {
  Cursor in(plain);
  const int64_t base = batch.base_offset();
  const int64_t base_time = batch.base_timestamp();
  const bool one_time = batch.is_log_append_time();
  const int64_t max_time = batch.max_timestamp();
  int64_t last_delta = -1;
  RawRecord raw;
  for (int32_t i = 0; i < batch.record_count(); ++i) {
    const auto first_header = static_cast<uint32_t>(chunk.headers.size());
    if (!ReadRecord(in, chunk.headers, raw) || raw.offset_delta <= last_delta ||
        raw.offset_delta > batch.last_offset_delta()) {
      return BadRecord(batch, i);
    }
    last_delta = raw.offset_delta;
    const int64_t offset = base + raw.offset_delta;
    if (offset < from_offset) {
      chunk.headers.resize(first_header);
      continue;
    }
    int64_t time = max_time;
    if (!one_time && __builtin_add_overflow(base_time, raw.timestamp_delta, &time)) time = -1;
    chunk.records.push_back({offset, time, raw.key, raw.value, first_header, raw.header_count});
  }
  if (!in.AtEnd()) return BadRecord(batch, batch.record_count());
  return {};
}

}  // namespace

Result<void> RecordBatch::CheckCrc() const {
  const uint32_t found = Crc32c(bytes_.substr(kAttributesAt));
  if (found == crc()) return {};
  return Fail(Code::kCorrupt, "batch at offset {}: its CRC-32C is {:08x}, but it says {:08x}",
              base_offset(), found, crc());
}

Result<void> RecordBatch::Check() const {
  TL_TRY(CheckCrc());
  return CheckCounts();
}

Result<void> RecordBatch::CheckCounts() const {
  if (base_offset() < 0 || last_offset_delta() < 0 || record_count() < 0 ||
      record_count() - 1 > last_offset_delta() ||
      base_offset() > std::numeric_limits<int64_t>::max() - last_offset_delta() - 1) {
    return Fail(Code::kCorrupt, "batch at offset {}: {} records and a last offset of +{} disagree",
                base_offset(), record_count(), last_offset_delta());
  }
  return {};
}

Result<RecordBatch> FirstBatch(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderSize) {
    return Fail(Code::kCorrupt, "record batch: cut short in its header ({} of {} bytes)",
                bytes.size(), kBatchHeaderSize);
  }
  const auto magic = static_cast<int8_t>(bytes[kMagicAt]);
  if (magic == 0 || magic == 1) {
    return Fail(Code::kUnsupported, "record batch: message format {}; send format 2 (Kafka 0.11+)",
                magic);
  }
  if (magic != 2) return Fail(Code::kCorrupt, "record batch: unknown message format {}", magic);
  const auto length = LoadBig<int32_t>(bytes.data() + kLengthAt);
  if (length < static_cast<int32_t>(kBatchHeaderSize - kLengthOverhead)) {
    return Fail(Code::kCorrupt, "record batch: impossible length {}", length);
  }
  const size_t size = static_cast<size_t>(length) + kLengthOverhead;
  if (size > bytes.size()) {
    return Fail(Code::kCorrupt, "record batch: cut short ({} of {} bytes)", bytes.size(), size);
  }
  const RecordBatch batch(bytes.substr(0, size));
  if (batch.compression() > Compression::kZstd) {
    return Fail(Code::kCorrupt, "record batch: unknown compression {}",
                static_cast<int>(batch.compression()));
  }
  return batch;
}

Result<void> CheckProduced(const RecordBatch& batch, size_t max_plain_bytes) {
  TL_TRY(batch.Check());
  if (batch.record_count() > kMaxBatchRecords) {
    return Fail(Code::kInvalid, "record batch: {} records, the most is {}; send smaller batches",
                batch.record_count(), kMaxBatchRecords);
  }
  if (batch.record_count() < 1 || batch.record_count() - 1 != batch.last_offset_delta()) {
    return Fail(Code::kCorrupt, "record batch: {} records, but a last offset of +{}",
                batch.record_count(), batch.last_offset_delta());
  }
  if (batch.is_control()) {
    return Fail(Code::kCorrupt, "record batch: a producer may not send control batches");
  }
  std::shared_ptr<const std::string> owner;
  TL_ASSIGN(const std::string_view plain, Plain(batch, max_plain_bytes, owner));
  Cursor in(plain);
  NoHeaders headers;
  RawRecord raw;
  for (int32_t i = 0; i < batch.record_count(); ++i) {
    if (!ReadRecord(in, headers, raw) || raw.offset_delta != i) return BadRecord(batch, i);
  }
  if (!in.AtEnd()) return BadRecord(batch, batch.record_count());
  return {};
}

Result<void> AppendRecords(const RecordBatch& batch, int64_t from_offset, RecordChunk& chunk) {
  TL_TRY(batch.CheckCounts());
  if (!batch.is_control() && batch.next_offset() > from_offset) {
    const size_t records = chunk.records.size();
    const size_t headers = chunk.headers.size();
    std::shared_ptr<const std::string> owner;
    TL_ASSIGN(const std::string_view plain, Plain(batch, kMaxPlainBytes, owner));
    // A record takes 7 bytes at least: a lying count must not reserve gigabytes.
    const size_t expected =
        std::min<size_t>(static_cast<size_t>(std::max(batch.record_count(), 0)), plain.size() / 7);
    if (chunk.records.capacity() < records + expected) {
      chunk.records.reserve(std::max(records + expected, records * 2));
    }
    if (auto walked = Walk(batch, plain, from_offset, chunk); !walked) {
      chunk.records.resize(records);
      chunk.headers.resize(headers);
      return walked;
    }
    chunk.bytes += plain.size() + (chunk.records.size() - records) * sizeof(Record) +
                   (chunk.headers.size() - headers) * sizeof(Header);
    if (owner != nullptr) chunk.backing.push_back(std::move(owner));
  }
  chunk.next_offset = std::max(from_offset, batch.next_offset());
  return {};
}

void SetBaseOffset(char* batch, int64_t offset) { StoreBig(batch + kBaseOffsetAt, offset); }

void SetLeaderEpoch(char* batch, int32_t epoch) { StoreBig(batch + kLeaderEpochAt, epoch); }

void StampLogAppendTime(std::string& batch, int64_t ms) {
  const auto attributes = LoadBig<int16_t>(batch.data() + kAttributesAt);
  StoreBig(batch.data() + kAttributesAt, static_cast<int16_t>(attributes | kLogAppendTimeBit));
  StoreBig(batch.data() + kMaxTimestampAt, ms);
  StoreBig(batch.data() + kCrcAt, Crc32c(std::string_view(batch).substr(kAttributesAt)));
}

}  // namespace ticklake::kafka
