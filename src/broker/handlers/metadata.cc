#include <utility>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/settings.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"
#include "kafka/topic_name.h"

namespace ticklake::broker {

namespace asio = boost::asio;
using namespace kafka::protocol;

namespace {

MetadataResponse::Topic Described(const Topic& topic, int32_t node_id) {
  MetadataResponse::Topic described;
  described.name = topic.name;
  described.topic_id = topic.id;
  described.is_internal = kafka::IsInternalTopic(topic.name);
  described.partitions.resize(static_cast<size_t>(topic.partitions));
  for (int32_t index = 0; index < topic.partitions; ++index) {
    auto& partition = described.partitions[static_cast<size_t>(index)];
    partition.index = index;
    partition.leader_id = node_id;
    partition.leader_epoch = kLeaderEpoch;
    partition.replicas = {node_id};
    partition.in_sync = {node_id};
  }
  return described;
}

MetadataResponse::Topic Missing(const MetadataRequest::Topic& asked, ErrorCode error) {
  MetadataResponse::Topic missing;
  missing.error = error;
  missing.name = asked.name.value_or("");
  missing.topic_id = asked.topic_id;
  return missing;
}

// Makes the topic that a client asked for; another client may be faster.
asio::awaitable<std::optional<Topic>> AutoCreate(const RequestContext& context, std::string name) {
  const int32_t partitions = context.broker.settings.num_partitions;
  const Result<Topic> created = co_await OnPool<Result<Topic>>(
      context, [&] { return context.broker.topics.Create(name, partitions, {}); });
  if (created) {
    spdlog::info("kafka: {} made topic '{}' with {} partition(s)", context.client.name, name,
                 partitions);
  } else if (created.error().code != Code::kAlreadyExists) {
    spdlog::error("kafka: topic '{}' could not be made: {}", name, created.error().message);
  }
  co_return context.broker.topics.Find(name);
}

asio::awaitable<MetadataResponse::Topic> DescribeAsked(const RequestContext& context,
                                                       MetadataRequest::Topic asked,
                                                       bool may_create) {
  const std::string name = asked.name.value_or("");
  std::optional<Topic> topic = FindTopic(context, name, asked.topic_id);
  if (!topic && !name.empty()) {
    if (!kafka::CheckTopicName(name)) co_return Missing(asked, ErrorCode::kInvalidTopicException);
    if (may_create && !kafka::IsInternalTopic(name)) {
      topic = co_await AutoCreate(context, name);
      if (!topic) co_return Missing(asked, ErrorCode::kLeaderNotAvailable);
    }
  }
  if (!topic) co_return Missing(asked, MissingTopic(name));
  co_return Described(*topic, context.broker.identity.node_id);
}

}  // namespace

asio::awaitable<MetadataResponse> Handle(const RequestContext& context, MetadataRequest request) {
  const BrokerIdentity& self = context.broker.identity;
  MetadataResponse response;
  response.brokers.push_back(
      {self.node_id, self.advertised.host, self.advertised.port, std::nullopt});
  response.cluster_id = self.cluster_id;
  response.controller_id = self.node_id;
  // All topics are asked for by null, and in version 0 by an empty list.
  const bool all = !request.topics || (context.version == 0 && request.topics->empty());
  if (all) {
    for (const Topic& topic : context.broker.topics.List()) {
      response.topics.push_back(Described(topic, self.node_id));
    }
    co_return response;
  }
  const bool may_create =
      context.broker.settings.auto_create_topics && request.allow_auto_topic_creation;
  for (MetadataRequest::Topic& asked : *request.topics) {
    MetadataResponse::Topic described =
        co_await DescribeAsked(context, std::move(asked), may_create);
    // Null names are legal from version 12 on.
    if (context.version >= 12 && described.name->empty()) described.name.reset();
    response.topics.push_back(std::move(described));
  }
  co_return response;
}

}  // namespace ticklake::broker
