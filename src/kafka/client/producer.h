// Producer: publishes records to Kafka, in order per partition, each exactly once.
//
// Idempotent by default: librdkafka's retries neither repeat nor reorder. Produce() waits when
// the queue's memory is full; a record that can't be delivered in time is counted, and the
// first cause kept. Records are acknowledged by all in-sync replicas.
// Threading: Produce, Check and Flush from one thread; counters from any.
// Does not: choose partitions (kafka/partitioner.h), make topics (admin.h), use transactions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/client/client_options.h"

namespace ticklake::kafka {

struct ProducerOptions {
  ClientOptions client;
  bool idempotent = true;
  std::chrono::milliseconds linger{5};
  std::string compression = "lz4";  ///< none, gzip, snappy, lz4 or zstd
  /// Memory for records not yet acknowledged. A small queue stays in the cache: 64 MiB cost 1.6
  /// times the CPU a record.
  size_t queue_bytes = 4 << 20;
  /// After this a record that no broker takes counts as failed.
  std::chrono::milliseconds delivery_timeout{30'000};
  /// Ends a Produce that waits for room, with kCancelled.
  std::stop_token stop;
};

/// The bytes are copied by Produce.
struct OutgoingRecord {
  std::string_view topic;
  int32_t partition = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  ///< nullopt: a tombstone
  int64_t timestamp_ms = 0;               ///< UTC; 0: now
};

class Producer {
 public:
  /// Connects; kUnavailable when no broker answers.
  static Result<std::unique_ptr<Producer>> Open(const ProducerOptions& options);
  ~Producer();

  /// Queues a record. Fails when it never can be sent (too large, no such partition) or when
  /// the client is broken for good.
  Result<void> Produce(const OutgoingRecord& record);
  /// Looks at the delivery reports: kUnavailable with the first cause once a record was given up.
  Result<void> Check();
  /// Waits until all are acknowledged or failed; kTimeout says how many are still open.
  Result<void> Flush(std::chrono::milliseconds deadline);

  int64_t produced() const;      ///< records taken by Produce
  int64_t acknowledged() const;  ///< of them, those the brokers have acknowledged
  int64_t failed() const;        ///< of them, those given up

 private:
  class Impl;
  explicit Producer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ticklake::kafka
