#include "kafka/client/log_cursor.h"

#include <librdkafka/rdkafka.h>

#include <array>

namespace ticklake::kafka {
namespace {

constexpr size_t kStep = 128;  // messages a call: small, so that max_bytes is kept

std::string_view Bytes(const void* data, size_t size) {
  return {static_cast<const char*>(data), size};
}

// Appends the message's headers to the chunk; returns how many.
uint32_t AppendHeaders(const rd_kafka_message_t* message, std::vector<Header>& to) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  uint32_t count = 0;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (rd_kafka_header_get_all(headers, count, &name, &value, &size) ==
         RD_KAFKA_RESP_ERR_NO_ERROR) {
    to.push_back({name, std::nullopt});
    if (value != nullptr) to.back().value = Bytes(value, size);
    ++count;
  }
  return count;
}

Record ToRecord(const rd_kafka_message_t* message, std::vector<Header>& headers) {
  Record record;
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type;
  const int64_t timestamp = rd_kafka_message_timestamp(message, &type);
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) record.timestamp_ms = timestamp;
  if (message->key != nullptr) record.key = Bytes(message->key, message->key_len);
  if (message->payload != nullptr) record.value = Bytes(message->payload, message->len);
  record.header_begin = static_cast<uint32_t>(headers.size());
  record.header_count = AppendHeaders(message, headers);
  return record;
}

}  // namespace

class LogCursor::Messages {
 public:
  explicit Messages(std::shared_ptr<RdKafkaHandle> handle) : handle_(std::move(handle)) {}
  ~Messages() {
    for (rd_kafka_message_t* message : records) rd_kafka_message_destroy(message);
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  std::vector<rd_kafka_message_t*> records;
  size_t bytes = 0;
  int64_t next_offset = -1;

 private:
  std::shared_ptr<RdKafkaHandle> handle_;  // must outlive its messages
};

Result<std::unique_ptr<LogCursor>> LogCursor::Open(std::shared_ptr<RdKafkaHandle> handle,
                                                   const Place& place,
                                                   std::shared_ptr<ChangeBell> bell) {
  std::unique_ptr<LogCursor> cursor(new LogCursor(std::move(handle), place, std::move(bell)));
  rd_kafka_t* rk = cursor->handle_->get();
  rd_kafka_topic_conf_t* conf = rd_kafka_topic_conf_new();
  rd_kafka_topic_conf_set(conf, "auto.offset.reset", "error", nullptr, 0);
  cursor->topic_ = rd_kafka_topic_new(rk, place.topic.c_str(), conf);
  if (cursor->topic_ == nullptr) {
    rd_kafka_topic_conf_destroy(conf);
    return Fail(cursor->handle_->ErrorFor(rd_kafka_last_error(), cursor->Name()));
  }
  cursor->queue_ = rd_kafka_queue_new(rk);
  rd_kafka_queue_cb_event_enable(
      cursor->queue_, [](rd_kafka_t*, void* p) { static_cast<ChangeBell*>(p)->Ring(); },
      cursor->bell_.get());
  if (rd_kafka_consume_start_queue(cursor->topic_, place.partition, place.offset, cursor->queue_) !=
      0) {
    return Fail(cursor->handle_->ErrorFor(rd_kafka_last_error(), cursor->Name()));
  }
  cursor->started_ = true;
  return cursor;
}

LogCursor::~LogCursor() {
  if (queue_ != nullptr) rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
  if (started_) rd_kafka_consume_stop(topic_, place_.partition);
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
}

Result<void> LogCursor::Seek(int64_t offset) {
  held_error_.reset();
  const auto err = rd_kafka_seek(topic_, place_.partition, offset, handle_->timeout_ms());
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(handle_->ErrorFor(err, Name()));
  position_ = offset;
  return {};
}

Result<std::shared_ptr<LogCursor::Messages>> LogCursor::Take(size_t max_bytes,
                                                             std::chrono::milliseconds wait) {
  if (held_error_) return Fail(*held_error_);
  std::shared_ptr<Messages> taken;
  std::array<rd_kafka_message_t*, kStep> some;
  // The first one is waited for; a batch call would wait for a full batch.
  size_t ask = 1;
  int wait_ms = static_cast<int>(wait.count());
  for (;;) {
    const ssize_t got = rd_kafka_consume_batch_queue(queue_, wait_ms, some.data(), ask);
    if (got <= 0) break;
    if (taken == nullptr) taken = std::make_shared<Messages>(handle_);
    for (ssize_t i = 0; i < got; ++i) {
      if (auto accepted = Accept(some[static_cast<size_t>(i)], *taken); !accepted) {
        if (!held_error_) held_error_ = accepted.error();
      }
    }
    if (held_error_ || taken->bytes >= max_bytes) break;
    ask = kStep;
    wait_ms = 0;
  }
  // An end of the log where the cursor stands is no news, and may be old: the log may have grown.
  if (taken != nullptr && taken->next_offset <= position_) taken.reset();
  if (held_error_ && taken == nullptr) return Fail(*held_error_);
  if (taken == nullptr) return taken;
  position_ = taken->next_offset;
  // The queue may hold more, for which the bell has rung already.
  if (rd_kafka_queue_length(queue_) > 0) bell_->Ring();
  return taken;
}

Result<void> LogCursor::Accept(rd_kafka_message_t* message, Messages& to) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && !held_error_) {
    to.bytes += sizeof(Record) + message->len + message->key_len;  // it may be empty
    to.next_offset = message->offset + 1;
    to.records.push_back(message);
    return {};
  }
  const std::unique_ptr<rd_kafka_message_t, Free<&rd_kafka_message_destroy>> owner(message);
  if (held_error_) return {};
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // An end that lies before the position comes from a fetch that was under way at a Seek.
    if (message->offset >= std::max(position_, to.next_offset)) to.next_offset = message->offset;
    return {};
  }
  failed_at_ = message->offset;
  const std::string where = fmt::format("{} at offset {}", Name(), message->offset);
  return Fail(handle_->ErrorFor(message->err, where, rd_kafka_message_errstr(message)));
}

RecordChunk LogCursor::MakeChunk(const std::shared_ptr<Messages>& messages) const {
  RecordChunk chunk;
  chunk.records.reserve(messages->records.size());
  for (const rd_kafka_message_t* message : messages->records) {
    chunk.records.push_back(ToRecord(message, chunk.headers));
  }
  chunk.next_offset = messages->next_offset;
  chunk.backing.push_back(messages);
  return chunk;
}

}  // namespace ticklake::kafka
