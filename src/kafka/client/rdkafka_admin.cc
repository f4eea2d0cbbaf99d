#include "kafka/client/rdkafka_admin.h"

#include <algorithm>

namespace ticklake::kafka {
namespace {

// librdkafka's own waiting ends first; this is for a client that is stuck.
constexpr int kGraceMs = 2'000;
/// How long it takes to see that the caller has given up.
constexpr int kPieceMs = 100;

Uuid ToUuid(const rd_kafka_Uuid_t* id) {
  Uuid uuid;
  const auto high = static_cast<uint64_t>(rd_kafka_Uuid_most_significant_bits(id));
  const auto low = static_cast<uint64_t>(rd_kafka_Uuid_least_significant_bits(id));
  for (size_t i = 0; i < 8; ++i) {
    uuid.bytes[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    uuid.bytes[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  return uuid;
}

}  // namespace

AdminCall::AdminCall(const RdKafkaHandle& handle, rd_kafka_admin_op_t op)
    : handle_(handle),
      options_(rd_kafka_AdminOptions_new(handle.get(), op)),
      queue_(rd_kafka_queue_new(handle.get())) {
  rd_kafka_AdminOptions_set_request_timeout(options_.get(), handle.timeout_ms(), nullptr, 0);
}

Result<rd_kafka_event_t*> AdminCall::Wait(std::string_view thing) {
  for (int left = handle_.timeout_ms() + kGraceMs;
       event_ == nullptr && left > 0 && !handle_.cancelled(); left -= kPieceMs) {
    event_.reset(rd_kafka_queue_poll(queue_.get(), std::min(left, kPieceMs)));
  }
  if (event_ == nullptr) return Fail(handle_.ErrorFor(RD_KAFKA_RESP_ERR__TIMED_OUT, thing));
  if (const auto err = rd_kafka_event_error(event_.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(handle_.ErrorFor(err, thing, rd_kafka_event_error_string(event_.get())));
  }
  return event_.get();
}

DescribeTopicsCall::DescribeTopicsCall(const RdKafkaHandle& handle,
                                       const std::vector<std::string>& names)
    : handle_(handle), call_(handle, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS) {
  std::vector<const char*> raw;
  raw.reserve(names.size());
  for (const std::string& name : names) raw.push_back(name.c_str());
  const std::unique_ptr<rd_kafka_TopicCollection_t, Free<&rd_kafka_TopicCollection_destroy>> topics(
      rd_kafka_TopicCollection_of_topic_names(raw.data(), raw.size()));
  rd_kafka_DescribeTopics(handle.get(), topics.get(), call_.options(), call_.queue());
}

Result<std::vector<TopicDescription>> DescribeTopicsCall::Wait() {
  TL_ASSIGN(const rd_kafka_event_t* event, call_.Wait("describing topics"));
  const auto* result = rd_kafka_event_DescribeTopics_result(const_cast<rd_kafka_event_t*>(event));
  size_t count = 0;
  const auto** found = rd_kafka_DescribeTopics_result_topics(result, &count);
  std::vector<TopicDescription> topics;
  for (size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_TopicDescription_name(found[i]);
    const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(found[i]);
    const auto err = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
    if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(handle_.ErrorFor(err, fmt::format("topic '{}'", name)));
    }
    size_t partitions = 0;
    rd_kafka_TopicDescription_partitions(found[i], &partitions);
    topics.push_back({name, ToUuid(rd_kafka_TopicDescription_topic_id(found[i])),
                      static_cast<int32_t>(partitions),
                      rd_kafka_TopicDescription_is_internal(found[i]) != 0});
    if (topics.back().id.IsNil()) {
      return Fail(Code::kUnsupported,
                  "topic '{}': the broker gives it no id; Apache Kafka 2.8 or newer is needed",
                  name);
    }
  }
  return topics;
}

ListOffsetCall::ListOffsetCall(const RdKafkaHandle& handle, const Target& target)
    : handle_(handle),
      thing_(fmt::format("topic '{}' partition {}", target.topic, target.partition)),
      call_(handle, RD_KAFKA_ADMIN_OP_LISTOFFSETS) {
  if (rd_kafka_error_t* error =
          rd_kafka_AdminOptions_set_isolation_level(call_.options(), target.isolation)) {
    rd_kafka_error_destroy(error);
  }
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        Free<&rd_kafka_topic_partition_list_destroy>>
      list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), target.topic.c_str(), target.partition)->offset =
      target.spec;
  rd_kafka_ListOffsets(handle.get(), list.get(), call_.options(), call_.queue());
}

Result<int64_t> ListOffsetCall::Wait() {
  TL_ASSIGN(rd_kafka_event_t * event, call_.Wait(thing_));
  size_t count = 0;
  const auto** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  if (count != 1) return Fail(Code::kInternal, "{}: {} answers to ListOffsets", thing_, count);
  const auto* answer = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
  if (answer->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(handle_.ErrorFor(answer->err, thing_));
  }
  return answer->offset;
}

}  // namespace ticklake::kafka
