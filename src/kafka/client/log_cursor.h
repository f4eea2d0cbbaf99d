// LogCursor: one partition being fetched in the background, and where its reader stands.
//
// Private to this room. Uses librdkafka's simple consumer: no group, no stored offsets, and
// never a reset: an offset out of range is an error. End-of-log events tell the position
// behind control and aborted records.
// Threading: one thread at a time. Does not: check which incarnation of the topic it reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/change_bell.h"
#include "kafka/client/rdkafka_handle.h"
#include "kafka/log_reader.h"

struct rd_kafka_topic_s;
struct rd_kafka_queue_s;
struct rd_kafka_message_s;  // NOLINT(readability-identifier-naming): librdkafka's

namespace ticklake::kafka {

class LogCursor {
 public:
  struct Place {
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
  };
  /// Starts fetching. `bell` rings when records arrive at an empty queue.
  static Result<std::unique_ptr<LogCursor>> Open(std::shared_ptr<RdKafkaHandle> handle,
                                                 const Place& place,
                                                 std::shared_ptr<ChangeBell> bell);
  ~LogCursor();
  LogCursor(const LogCursor&) = delete;
  LogCursor& operator=(const LogCursor&) = delete;

  /// Where the next Take goes on.
  int64_t position() const { return position_; }
  /// After Take failed: the offset that the failure is about; of a damaged batch, its first.
  int64_t failed_at() const { return failed_at_; }
  /// Throws away what was fetched and goes on from another offset.
  Result<void> Seek(int64_t offset);

  /// The librdkafka messages of one Take: the backing memory of a chunk.
  class Messages;
  /// What arrived, about max_bytes of it, waiting up to `wait` for a first record or the end.
  /// Null when nothing did. After an error the cursor is useless.
  Result<std::shared_ptr<Messages>> Take(size_t max_bytes, std::chrono::milliseconds wait);
  /// Records of the messages, with next_offset.
  RecordChunk MakeChunk(const std::shared_ptr<Messages>& messages) const;

 private:
  LogCursor(std::shared_ptr<RdKafkaHandle> handle, const Place& place,
            std::shared_ptr<ChangeBell> bell)
      : handle_(std::move(handle)),
        place_(place),
        bell_(std::move(bell)),
        position_(place.offset) {}
  std::string Name() const { return place_.topic + " [" + std::to_string(place_.partition) + "]"; }
  /// Sorts out one message: a record, the end of the log, or an error.
  Result<void> Accept(rd_kafka_message_s* message, Messages& to);

  std::shared_ptr<RdKafkaHandle> handle_;
  const Place place_;
  std::shared_ptr<ChangeBell> bell_;
  rd_kafka_topic_s* topic_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  bool started_ = false;
  int64_t position_;
  int64_t failed_at_ = -1;
  std::optional<Error> held_error_;  // came behind records that were taken first
};

}  // namespace ticklake::kafka
