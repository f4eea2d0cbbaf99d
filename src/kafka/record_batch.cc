#include "kafka/record_batch.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/crc32c.h"
#include "kafka/record_stream.h"

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

/// Reads a record from its bytes; false when they are not just that.
template <class Headers>
bool ReadRecord(std::string_view bytes, Headers& headers, RawRecord& record) {
  Cursor body(bytes.substr(1));  // attributes: unused
  record.timestamp_delta = body.Varint();
  record.offset_delta = body.Varint();
  record.key = body.NullableBytes();
  record.value = body.NullableBytes();
  const int64_t count = body.Varint();
  if (!body.ok() || count < 0 || static_cast<uint64_t>(count) > body.left()) return false;
  record.header_count = static_cast<uint32_t>(count);
  if (record.header_count > kMaxRecordHeaders) return false;
  for (int64_t i = 0; i < count && body.ok(); ++i) {
    const std::string_view name = body.Bytes(body.Varint());
    headers.push_back({name, body.NullableBytes()});
  }
  return body.ok() && body.AtEnd();
}

std::unexpected<Error> BadRecord(const RecordBatch& batch, int32_t index, uint32_t headers = 0) {
  if (headers > kMaxRecordHeaders) {
    return Fail(Code::kCorrupt,
                "batch at offset {}: record {} of {} has {} headers, the most is {}",
                batch.base_offset(), index, batch.record_count(), headers, kMaxRecordHeaders);
  }
  return Fail(Code::kCorrupt,
              "batch at offset {}: record {} of {} is damaged or contradicts the header",
              batch.base_offset(), index, batch.record_count());
}

/// The batch's records, checked as they come.
class Walk {
 public:
  static Result<Walk> Of(const RecordBatch& batch, size_t limit) {
    auto stream = RecordStream::Open(batch.compression(), batch.payload(), limit);
    if (!stream) return Fail(Named(batch, stream.error()));
    return Walk(batch, *std::move(stream));
  }

  /// False after the last one, and when Outcome is an error. No record is before the one before it,
  /// or beyond the batch.
  template <class Headers>
  bool Next(Headers& headers, RawRecord& record) {
    if (AtLast()) return false;
    const std::string_view bytes = stream_.Next();
    record.header_count = 0;
    if (bytes.empty() || !ReadRecord(bytes, headers, record) ||
        record.offset_delta <= last_delta_ || record.offset_delta > batch_.last_offset_delta()) {
      bad_headers_ = record.header_count;
      return false;
    }
    last_delta_ = record.offset_delta;
    bytes_ = bytes.size();
    ++index_;
    return true;
  }
  /// The last record's.
  size_t bytes() const { return bytes_; }
  void Keep(RecordChunk& chunk) { stream_.Keep(chunk.backing); }
  bool AtLast() const { return index_ == batch_.record_count(); }
  /// Of all of the batch, once Next was false.
  Result<void> Outcome() {
    if (stream_.error()) return Fail(Named(batch_, *stream_.error()));
    if (!AtLast()) return BadRecord(batch_, index_, bad_headers_);
    const auto end = stream_.AtEnd();
    if (!end) return Fail(Named(batch_, end.error()));
    if (!*end) return BadRecord(batch_, batch_.record_count());
    return {};
  }

 private:
  Walk(const RecordBatch& batch, RecordStream stream) : batch_(batch), stream_(std::move(stream)) {}

  static Error Named(const RecordBatch& batch, const Error& error) {
    return error.Within(fmt::format("batch at offset {}", batch.base_offset()));
  }

  const RecordBatch& batch_;
  RecordStream stream_;
  int32_t index_ = 0;
  int64_t last_delta_ = -1;
  size_t bytes_ = 0;
  uint32_t bad_headers_ = 0;  ///< of the record that does not fit
};

int64_t TimeOf(const RecordBatch& batch, const RawRecord& raw) {
  if (batch.is_log_append_time()) return batch.max_timestamp();
  int64_t time = 0;
  return __builtin_add_overflow(batch.base_timestamp(), raw.timestamp_delta, &time) ? -1 : time;
}

/// Appends records at or after from_offset until they take `most` bytes; where to go on.
Result<int64_t> AppendSome(const RecordBatch& batch, int64_t from_offset, size_t most,
                           RecordChunk& chunk) {
  TL_ASSIGN(Walk walk, Walk::Of(batch, kMaxPlainBytes));
  RawRecord raw;
  for (size_t bytes = 0;;) {
    const size_t first_header = chunk.headers.size();
    if (!walk.Next(chunk.headers, raw)) {
      TL_TRY(walk.Outcome());
      return batch.next_offset();
    }
    const int64_t offset = batch.base_offset() + raw.offset_delta;
    if (offset < from_offset) {
      chunk.headers.resize(first_header);
      continue;
    }
    walk.Keep(chunk);
    chunk.records.push_back({offset, TimeOf(batch, raw), raw.key, raw.value,
                             static_cast<uint32_t>(first_header), raw.header_count});
    const size_t taken = walk.bytes() + sizeof(Record) + raw.header_count * sizeof(Header);
    chunk.bytes += taken;
    bytes += taken;
    if (bytes >= most && !walk.AtLast()) return offset + 1;
  }
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
  TL_ASSIGN(Walk walk, Walk::Of(batch, max_plain_bytes));
  NoHeaders headers;
  RawRecord raw;
  for (int32_t i = 0; walk.Next(headers, raw); ++i) {
    if (raw.offset_delta != i) return BadRecord(batch, i);
  }
  return walk.Outcome();
}

Result<void> AppendRecords(const RecordBatch& batch, int64_t from_offset, RecordChunk& chunk,
                           size_t most_bytes) {
  TL_TRY(batch.CheckCounts());
  int64_t next = batch.next_offset();
  if (!batch.is_control() && next > from_offset) {
    const size_t records = chunk.records.size();
    const size_t headers = chunk.headers.size();
    const size_t backing = chunk.backing.size();
    const size_t bytes = chunk.bytes;
    // A lying count must not reserve gigabytes.
    const size_t expected = std::min(static_cast<size_t>(batch.record_count()),
                                     std::min(most_bytes, kMaxPlainBytes) / sizeof(Record));
    if (chunk.records.capacity() < records + expected) {
      chunk.records.reserve(std::max(records + expected, records * 2));
    }
    const auto went = AppendSome(batch, from_offset, most_bytes, chunk);
    if (!went) {
      chunk.records.resize(records);
      chunk.headers.resize(headers);
      chunk.backing.resize(backing);
      chunk.bytes = bytes;
      return Fail(went.error());
    }
    next = *went;
  }
  chunk.next_offset = std::max(from_offset, next);
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
