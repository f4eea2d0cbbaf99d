#include "kafka/client/admin.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "base/clock.h"
#include "kafka/client/rdkafka_admin.h"

namespace ticklake::kafka {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

// The one topic's result of a CreateTopics or DeleteTopics.
Result<void> OneResult(const RdKafkaHandle& handle, const std::string& thing,
                       const rd_kafka_topic_result_t** results, size_t count) {
  if (count != 1) return Fail(Code::kInternal, "{}: {} answers", thing, count);
  const auto err = rd_kafka_topic_result_error(results[0]);
  if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* detail = rd_kafka_topic_result_error_string(results[0]);
  return Fail(handle.ErrorFor(err, thing, detail == nullptr ? "" : detail));
}

std::string Named(const std::string& topic) { return fmt::format("topic '{}'", topic); }

}  // namespace

Result<std::unique_ptr<Admin>> Admin::Open(const ClientOptions& options) {
  TL_ASSIGN(auto handle, RdKafkaHandle::Create(RdKafkaHandle::Type::kProducer, options, {}));
  TL_TRY(handle->Connect());
  return std::unique_ptr<Admin>(new Admin(std::move(handle)));
}

Admin::Admin(std::shared_ptr<RdKafkaHandle> handle) : handle_(std::move(handle)) {}
Admin::~Admin() = default;

Result<int32_t> Admin::EnsureTopic(const std::string& name, int32_t partitions) {
  auto found = Look(name);
  if (found) return found;
  if (found.error().code == Code::kNotFound) {
    const auto created = Create(name, partitions);
    if (!created && created.error().code != Code::kAlreadyExists) return Fail(created.error());
  }
  const Nanos start = SystemClock().Monotonic();
  for (;;) {
    found = Look(name);
    if (found) return found;
    const bool waiting =
        found.error().code == Code::kNotFound || found.error().code == Code::kUnavailable;
    const std::chrono::nanoseconds waited(SystemClock().Monotonic() - start);
    if (!waiting || waited > handle_->options().timeout) return found;
    SystemClock().SleepFor(kLookEvery);
  }
}

Result<int32_t> Admin::CountPartitions(const std::string& name) { return Look(name); }

Result<int32_t> Admin::Look(const std::string& name) {
  // All topics: asking for one by name would create it where brokers do so by themselves.
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err = handle_->Metadata(true, nullptr, &raw);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(handle_->ErrorFor(err, Named(name)));
  const std::unique_ptr<const rd_kafka_metadata_t, Free<&rd_kafka_metadata_destroy>> metadata(raw);
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (name != topic.topic) continue;
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(handle_->ErrorFor(topic.err, Named(name)));
    }
    for (int p = 0; p < topic.partition_cnt; ++p) {
      if (topic.partitions[p].leader < 0) {
        return Fail(handle_->ErrorFor(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, Named(name)));
      }
    }
    return topic.partition_cnt;
  }
  return Fail(Code::kNotFound, "topic '{}': does not exist on {}", name,
              handle_->options().bootstrap);
}

Result<void> Admin::Create(const std::string& name, int32_t partitions) {
  char why[512];
  // -1: the broker's default replication factor.
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, -1, why, sizeof why);
  if (topic == nullptr) return Fail(Code::kInvalid, "topic '{}': {}", name, why);
  const std::unique_ptr<rd_kafka_NewTopic_t, Free<&rd_kafka_NewTopic_destroy>> owner(topic);
  AdminCall call(*handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_CreateTopics(handle_->get(), &topic, 1, call.options(), call.queue());
  TL_ASSIGN(rd_kafka_event_t * event, call.Wait(Named(name)));
  size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  return OneResult(*handle_, Named(name), results, count);
}

Result<void> Admin::DeleteTopic(const std::string& name) {
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(name.c_str());
  const std::unique_ptr<rd_kafka_DeleteTopic_t, Free<&rd_kafka_DeleteTopic_destroy>> owner(topic);
  AdminCall call(*handle_, RD_KAFKA_ADMIN_OP_DELETETOPICS);
  rd_kafka_DeleteTopics(handle_->get(), &topic, 1, call.options(), call.queue());
  TL_ASSIGN(rd_kafka_event_t * event, call.Wait(Named(name)));
  size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
  TL_TRY(OneResult(*handle_, Named(name), results, count));
  const Nanos start = SystemClock().Monotonic();
  for (;;) {
    const auto left = Look(name);
    if (!left && left.error().code == Code::kNotFound) return {};
    const std::chrono::nanoseconds waited(SystemClock().Monotonic() - start);
    if (waited > handle_->options().timeout) {
      return Fail(Code::kTimeout, "topic '{}': deletion was accepted but is not done yet", name);
    }
    SystemClock().SleepFor(kLookEvery);
  }
}

Result<void> Admin::CommitGroupOffsets(const std::string& group,
                                       const std::vector<GroupOffset>& offsets) {
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        Free<&rd_kafka_topic_partition_list_destroy>>
      list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const GroupOffset& at : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        at.offset;
  }
  rd_kafka_AlterConsumerGroupOffsets_t* alter =
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get());
  const std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                        Free<&rd_kafka_AlterConsumerGroupOffsets_destroy>>
      owner(alter);
  AdminCall call(*handle_, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
  rd_kafka_AlterConsumerGroupOffsets(handle_->get(), &alter, 1, call.options(), call.queue());
  const std::string thing = fmt::format("group '{}'", group);
  TL_ASSIGN(rd_kafka_event_t * event, call.Wait(thing));
  size_t count = 0;
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
  if (count != 1) return Fail(Code::kInternal, "{}: {} answers", thing, count);
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0])) {
    return Fail(handle_->ErrorFor(rd_kafka_error_code(error), thing, rd_kafka_error_string(error)));
  }
  const auto* answered = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; answered != nullptr && i < answered->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = answered->elems[i];
    if (at.err == RD_KAFKA_RESP_ERR_NO_ERROR || at.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      continue;
    }
    return Fail(handle_->ErrorFor(
        at.err, fmt::format("{}, topic '{}' partition {}", thing, at.topic, at.partition)));
  }
  return {};
}

}  // namespace ticklake::kafka
