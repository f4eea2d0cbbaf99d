// What an append to a partition comes to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace ticklake::broker {

/// Why a batch was not stored; each is one of Kafka's error codes.
enum class AppendFault {
  kNone,
  kCorrupt,             ///< CORRUPT_MESSAGE: CRC, lengths
  kInvalidRecord,       ///< INVALID_RECORD: well-formed, but not what a producer may send
  kTooLarge,            ///< MESSAGE_TOO_LARGE: beyond max.message.bytes
  kUnsupportedFormat,   ///< UNSUPPORTED_FOR_MESSAGE_FORMAT: magic 0 or 1
  kOutOfOrderSequence,  ///< OUT_OF_ORDER_SEQUENCE_NUMBER
  kStaleEpoch,          ///< INVALID_PRODUCER_EPOCH: a newer instance of the producer was seen
  kStorage,             ///< KAFKA_STORAGE_ERROR: disk full, or the partition is read-only
};

struct Appended {
  AppendFault fault = AppendFault::kNone;
  std::string message;  ///< the cause, when there is a fault

  int64_t base_offset = -1;         ///< of the batch; of the first copy for a duplicate
  int64_t end_offset = -1;          ///< one past its last record: wait for this to be durable
  int64_t log_append_time_ms = -1;  ///< when the broker stamped it; else -1
  int64_t log_start = 0;
  bool duplicate = false;  ///< stored before: nothing was written
};

/// Told once, from the flusher's thread or from the call that asked: durable, or why it never
/// will be (kIo; kCancelled when the partition is closed or deleted). Must be quick and must not
/// call back into the partition log.
using DurableCallback = std::move_only_function<void(Result<void>)>;

}  // namespace ticklake::broker
