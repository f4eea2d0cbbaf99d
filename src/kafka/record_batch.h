// Record batches, version 2 ("magic 2"): a view over one, its checks, its records.
//
// Format: https://kafka.apache.org/documentation/#recordbatch. The header is 61 bytes, big-endian;
// records follow, compressed together or not. The CRC-32C covers everything from `attributes`
// on: the broker may patch base offset and leader epoch without touching it.
// Threading: views and pure functions. Invariant: a RecordBatch made by FirstBatch lies wholly
// inside the bytes it was given and has a known codec; everything else is checked on request.
// Does not: own memory, read magic 0 and 1 (clients older than 2017), follow transactions.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/compression.h"
#include "kafka/log_reader.h"

namespace ticklake::kafka {

/// Byte positions inside a batch.
inline constexpr size_t kBaseOffsetAt = 0;
inline constexpr size_t kLengthAt = 8;
inline constexpr size_t kLeaderEpochAt = 12;
inline constexpr size_t kMagicAt = 16;
inline constexpr size_t kCrcAt = 17;
inline constexpr size_t kAttributesAt = 21;
inline constexpr size_t kLastOffsetDeltaAt = 23;
inline constexpr size_t kBaseTimestampAt = 27;
inline constexpr size_t kMaxTimestampAt = 35;
inline constexpr size_t kProducerIdAt = 43;
inline constexpr size_t kProducerEpochAt = 51;
inline constexpr size_t kBaseSequenceAt = 53;
inline constexpr size_t kRecordCountAt = 57;
inline constexpr size_t kBatchHeaderSize = 61;
/// `length` counts the bytes after itself.
inline constexpr size_t kLengthOverhead = 12;

/// Records that a producer may put into one batch: ten times what clients do at most. A compressed
/// one of a few bytes could hold ten millions, each of which costs its readers some 70 bytes.
inline constexpr int32_t kMaxBatchRecords = 1'000'000;

/// Headers that a record may have, for the same reason: two bytes are one.
inline constexpr uint32_t kMaxRecordHeaders = 100'000;

inline constexpr int16_t kCodecMask = 0x07;
inline constexpr int16_t kLogAppendTimeBit = 0x08;
inline constexpr int16_t kTransactionalBit = 0x10;
inline constexpr int16_t kControlBit = 0x20;

class RecordBatch {
 public:
  /// All of the batch, `size()` bytes.
  std::string_view bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

  int64_t base_offset() const { return Load<int64_t>(kBaseOffsetAt); }
  int32_t leader_epoch() const { return Load<int32_t>(kLeaderEpochAt); }
  uint32_t crc() const { return Load<uint32_t>(kCrcAt); }
  int16_t attributes() const { return Load<int16_t>(kAttributesAt); }
  int32_t last_offset_delta() const { return Load<int32_t>(kLastOffsetDeltaAt); }
  int64_t base_timestamp() const { return Load<int64_t>(kBaseTimestampAt); }  ///< UTC ms
  int64_t max_timestamp() const { return Load<int64_t>(kMaxTimestampAt); }    ///< UTC ms
  int64_t producer_id() const { return Load<int64_t>(kProducerIdAt); }        ///< -1: none
  int16_t producer_epoch() const { return Load<int16_t>(kProducerEpochAt); }
  int32_t base_sequence() const { return Load<int32_t>(kBaseSequenceAt); }  ///< -1: none
  int32_t record_count() const { return Load<int32_t>(kRecordCountAt); }

  int64_t last_offset() const { return base_offset() + last_offset_delta(); }
  int64_t next_offset() const { return last_offset() + 1; }
  Compression compression() const { return static_cast<Compression>(attributes() & kCodecMask); }
  bool is_log_append_time() const { return (attributes() & kLogAppendTimeBit) != 0; }
  bool is_transactional() const { return (attributes() & kTransactionalBit) != 0; }
  /// A marker of the transaction coordinator: no records for readers.
  bool is_control() const { return (attributes() & kControlBit) != 0; }
  /// The records, as stored.
  std::string_view payload() const { return bytes_.substr(kBatchHeaderSize); }

  /// The stored bytes are what the producer sent. kCorrupt otherwise.
  Result<void> CheckCrc() const;
  /// Counts and offsets agree and stay within 64 bits. kCorrupt otherwise.
  Result<void> CheckCounts() const;
  /// What every stored batch fulfils: CheckCrc and CheckCounts.
  Result<void> Check() const;

 private:
  friend Result<RecordBatch> FirstBatch(std::string_view bytes);
  explicit RecordBatch(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T Load(size_t at) const {
    return LoadBig<T>(bytes_.data() + at);
  }

  std::string_view bytes_;
};

/// The batch at the start of `bytes`. kCorrupt: cut short, a negative or absurd length, an
/// unknown codec; kUnsupported: magic 0 or 1. Reads the header only.
Result<RecordBatch> FirstBatch(std::string_view bytes);

/// What a broker asks of a batch before it stores it: Check, at least one record, dense offsets,
/// not a control batch, and every record readable (decompressed and walked). kCorrupt otherwise;
/// kInvalid for more than kMaxBatchRecords.
Result<void> CheckProduced(const RecordBatch& batch, size_t max_plain_bytes = kMaxPlainBytes);

/// Appends the batch's records from `from_offset` on to the chunk, none of a control batch, and
/// sets next_offset: behind the batch, or inside it when those appended take `most_bytes`, their
/// entries counted. Of a packed batch no more is unpacked then than what stands before that.
/// Uncompressed records are views into the batch: the caller puts its owner into the chunk's
/// backing; decompressed memory is put there by this function.
/// kCorrupt: the records contradict the header, or hold more than kMaxPlainBytes; the chunk is then
/// as before. What lies behind next_offset is not looked at.
Result<void> AppendRecords(const RecordBatch& batch, int64_t from_offset, RecordChunk& chunk,
                           size_t most_bytes = std::numeric_limits<size_t>::max());

/// Patches what the CRC leaves out.
void SetBaseOffset(char* batch, int64_t offset);
void SetLeaderEpoch(char* batch, int32_t epoch);
/// Makes `ms` the timestamp of all records (message.timestamp.type=LogAppendTime); new CRC.
void StampLogAppendTime(std::string& batch, int64_t ms);

}  // namespace ticklake::kafka
