#include <algorithm>

#include "base/log.h"
#include "broker/handlers/config_rows.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/settings.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"
#include "kafka/topic_name.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

using Asked = CreateTopicsRequest::Topic;
using Answered = CreateTopicsResponse::Topic;

void Refuse(ErrorCode error, std::string message, Answered& answered) {
  answered.error = error;
  answered.error_message = std::move(message);
}

// What one node cannot do. Returns the number of partitions; fills `answered` with the error else.
std::optional<int32_t> Partitions(const RequestContext& context, const Asked& asked,
                                  Answered& answered) {
  const int32_t node_id = context.broker.identity.node_id;
  if (auto name = kafka::CheckTopicName(asked.name); !name) {
    Refuse(ErrorCode::kInvalidTopicException, name.error().message, answered);
    return std::nullopt;
  }
  if (!asked.assignments.empty()) {
    const bool ours = std::ranges::all_of(asked.assignments, [&](const auto& assignment) {
      return assignment.brokers == std::vector<int32_t>{node_id} && assignment.index >= 0 &&
             assignment.index < std::ssize(asked.assignments);
    });
    if (ours) return static_cast<int32_t>(asked.assignments.size());
    Refuse(ErrorCode::kInvalidReplicaAssignment,
           fmt::format("this broker is a single node: assign every partition to {}", node_id),
           answered);
    return std::nullopt;
  }
  if (asked.replication_factor != -1 && asked.replication_factor != 1) {
    Refuse(ErrorCode::kInvalidReplicationFactor,
           fmt::format("replication factor {}: this broker is a single node; use 1 or -1",
                       asked.replication_factor),
           answered);
    return std::nullopt;
  }
  const int32_t count =
      asked.partitions == -1 ? context.broker.settings.num_partitions : asked.partitions;
  if (count > 0) return count;
  Refuse(ErrorCode::kInvalidPartitions, "a topic has at least one partition", answered);
  return std::nullopt;
}

// Runs on the pool.
void Create(const RequestContext& context, const Asked& asked, bool validate_only,
            Answered& answered) {
  const std::optional<int32_t> count = Partitions(context, asked, answered);
  if (!count) return;
  ConfigMap config;
  for (const auto& each : asked.configs) {
    if (each.value) config[each.name] = *each.value;
  }
  TopicStore& topics = context.broker.topics;
  if (const auto checked = topics.EffectiveConfig(config); !checked) {
    return Refuse(ErrorCode::kInvalidConfig, checked.error().message, answered);
  }
  if (topics.Find(asked.name)) {
    return Refuse(ErrorCode::kTopicAlreadyExists,
                  fmt::format("topic '{}' exists already", asked.name), answered);
  }
  if (!validate_only) {
    const Result<Topic> created = topics.Create(asked.name, *count, config);
    if (!created) {
      const bool invalid = created.error().code == Code::kInvalid;
      return Refuse(invalid ? ErrorCode::kInvalidPartitions : TopicError(created.error()),
                    created.error().message, answered);
    }
    answered.topic_id = created->id;
    spdlog::info("kafka: {} made topic '{}' with {} partition(s)", context.client.name, asked.name,
                 *count);
  }
  answered.partitions = *count;
  answered.replication_factor = 1;
  auto& rows = answered.configs.emplace();
  for (const ConfigRow& row : TopicConfigRows(context, config)) {
    rows.push_back(
        {std::string(row.name), row.value, false, static_cast<int8_t>(row.source), false});
  }
}

}  // namespace

asio::awaitable<CreateTopicsResponse> Handle(const RequestContext& context,
                                             CreateTopicsRequest request) {
  CreateTopicsResponse response = co_await OnPool<CreateTopicsResponse>(context, [&] {
    CreateTopicsResponse done;
    for (const Asked& asked : request.topics) {
      Answered& answered = done.topics.emplace_back();
      answered.name = asked.name;
      answered.configs.emplace();
      if (std::ranges::count(request.topics, asked.name, &Asked::name) > 1) {
        Refuse(ErrorCode::kInvalidRequest, "the request names this topic twice", answered);
      } else {
        Create(context, asked, request.validate_only, answered);
      }
    }
    return done;
  });
  co_return response;
}

}  // namespace ticklake::broker
