// librdkafka's admin calls as start-then-wait pairs, so that several can be under way at once.
//
// Private to this room. Threading: an AdminCall belongs to one thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "kafka/client/rdkafka_handle.h"

namespace ticklake::kafka {

/// One request under way: its options, its queue, then its result event.
class AdminCall {
 public:
  AdminCall(const RdKafkaHandle& handle, rd_kafka_admin_op_t op);

  rd_kafka_AdminOptions_t* options() const { return options_.get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }
  /// Waits for the result, once; it lives as long as this call. `thing` is for the error.
  Result<rd_kafka_event_t*> Wait(std::string_view thing);

 private:
  const RdKafkaHandle& handle_;
  std::unique_ptr<rd_kafka_AdminOptions_t, Free<&rd_kafka_AdminOptions_destroy>> options_;
  std::unique_ptr<rd_kafka_queue_t, Free<&rd_kafka_queue_destroy>> queue_;
  std::unique_ptr<rd_kafka_event_t, Free<&rd_kafka_event_destroy>> event_;
};

struct TopicDescription {
  std::string name;
  Uuid id;
  int32_t partitions = 0;
  bool internal = false;
};

/// DescribeTopics for some names.
class DescribeTopicsCall {
 public:
  DescribeTopicsCall(const RdKafkaHandle& handle, const std::vector<std::string>& names);
  /// Those that exist, in the order of the names.
  Result<std::vector<TopicDescription>> Wait();

 private:
  const RdKafkaHandle& handle_;
  AdminCall call_;
};

/// ListOffsets for one partition: `spec` is RD_KAFKA_OFFSET_SPEC_EARLIEST or _LATEST.
class ListOffsetCall {
 public:
  struct Target {
    std::string topic;
    int32_t partition = 0;
    rd_kafka_OffsetSpec_t spec = RD_KAFKA_OFFSET_SPEC_LATEST;
    rd_kafka_IsolationLevel_t isolation = RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
  };
  ListOffsetCall(const RdKafkaHandle& handle, const Target& target);
  Result<int64_t> Wait();

 private:
  const RdKafkaHandle& handle_;
  const std::string thing_;
  AdminCall call_;
};

}  // namespace ticklake::kafka
