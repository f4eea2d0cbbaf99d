// LogReader: the one way in which sinks, tails, verify and replay read topics.
//
// A log is one partition of one incarnation of a topic. Two implementations, under one
// conformance suite: the embedded broker's segments (in process or offline), and librdkafka
// for real clusters.
// Threading: safe from any thread; concurrent Reads of different logs run in parallel.
// Invariants: Read returns committed records only, in offset order, below the last stable
// offset as of the call; `next_offset` covers holes (control records, aborted records,
// compaction). Never resets an offset by itself: out of range is kNotFound.
// Does not: decode values, remember positions, join groups.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace ticklake::kafka {

/// Names a log for ever: a topic deleted and created again has a new topic_id.
struct LogId {
  std::string cluster_id;
  Uuid topic_id;
  int32_t partition = 0;

  auto operator<=>(const LogId&) const = default;
  bool operator==(const LogId&) const = default;
};

struct TopicInfo {
  std::string name;
  Uuid topic_id;
  int32_t partitions = 0;
};

/// Offsets of a log. log_start <= last_stable <= durable_end.
struct LogBounds {
  int64_t log_start = 0;    ///< first offset still kept
  int64_t durable_end = 0;  ///< high watermark: one past the last durable record
  int64_t last_stable = 0;  ///< one past the last record of decided transactions
};

struct Header {
  std::string_view name;
  std::optional<std::string_view> value;
};

/// One record; the views point into the chunk's backing memory.
struct Record {
  int64_t offset = 0;
  int64_t timestamp_ms = -1;  ///< UTC milliseconds; -1: none
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  ///< nullopt: a tombstone
  uint32_t header_begin = 0;              ///< [begin, begin + count) of RecordChunk::headers
  uint32_t header_count = 0;
};

/// Records of one log from one Read.
struct RecordChunk {
  std::vector<Record> records;
  std::vector<Header> headers;
  int64_t next_offset = 0;  ///< where the next Read goes on; > the last record's offset
  std::vector<std::shared_ptr<const void>> backing;  ///< keeps the views alive
  size_t bytes = 0;                                  ///< about what all of it takes in memory
};

class LogReader {
 public:
  virtual ~LogReader() = default;

  virtual Result<std::string> ClusterId() = 0;
  /// All topics but internal ones, sorted by name.
  virtual Result<std::vector<TopicInfo>> Topics() = 0;
  /// kNotFound when this incarnation of the topic does not exist (any more).
  virtual Result<LogBounds> Bounds(const LogId& log) = 0;
  /// Records from `offset` on, about max_bytes of them as they are stored, and a few times as much
  /// when unpacked (at least one record if there is any): next_offset may lie inside a batch.
  /// Empty with next_offset == offset when there is nothing below the last stable offset.
  /// kNotFound: offset below log_start or above durable_end, or no such log.
  /// kCorrupt: a stored batch is damaged; the message names log and offset.
  virtual Result<RecordChunk> Read(const LogId& log, int64_t offset, size_t max_bytes) = 0;
  /// Where to go on after Read said kCorrupt at `offset`: one past the damaged batch that holds it,
  /// at most the durable end. Always > offset; the offsets between are lost. kNotFound as Read,
  /// kUnsupported where damage cannot be stepped over.
  virtual Result<int64_t> NextBatchOffset(const LogId& log, int64_t offset) {
    return Fail(Code::kUnsupported, "partition {} at offset {}: cannot step over a damaged batch",
                log.partition, offset);
  }
  /// Makes everything below `to` durable where flushing is weak; otherwise does nothing.
  virtual Result<void> EnsureDurable(const LogId& log, int64_t to) = 0;
  /// Blocks until some log may have grown or a topic appeared since the call with the last
  /// returned ticket, or until the timeout. Returns a new ticket. Spurious wake-ups are fine.
  virtual uint64_t WaitForChange(uint64_t ticket, std::chrono::milliseconds timeout) = 0;
};

}  // namespace ticklake::kafka
