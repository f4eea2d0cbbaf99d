#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using AskedTopics = std::optional<std::vector<OffsetFetchRequest::Topic>>;
using AnsweredTopics = std::vector<OffsetFetchResponse::Topic>;

// A position of an earlier incarnation of the topic means nothing in this one.
bool IsCurrent(const OffsetEntry& entry, const std::optional<Topic>& topic) {
  return !topic || topic->id == entry.topic_id;
}

OffsetFetchResponse::Topic::Partition Found(const OffsetEntry& entry) {
  return {entry.partition, entry.offset, entry.leader_epoch, entry.metadata, ErrorCode::kNone};
}

AnsweredTopics Asked(const RequestContext& context, const std::string& group,
                     const std::vector<OffsetFetchRequest::Topic>& topics) {
  AnsweredTopics answered;
  for (const auto& topic : topics) {
    const std::optional<Topic> found = FindTopic(context, topic.name, topic.topic_id);
    auto& each = answered.emplace_back();
    each.name = topic.name;
    each.topic_id = topic.topic_id;
    const bool unknown_id = !found && topic.name.empty();
    for (const int32_t index : topic.partitions) {
      auto& partition = each.partitions.emplace_back();
      partition.index = index;
      partition.metadata = "";
      if (unknown_id) {
        partition.error = ErrorCode::kUnknownTopicId;
        continue;
      }
      const std::string& name = found ? found->name : topic.name;
      const auto entry = context.broker.groups.offsets().Find(group, name, index);
      if (entry && IsCurrent(*entry, found)) partition = Found(*entry);
    }
  }
  return answered;
}

AnsweredTopics All(const RequestContext& context, const std::string& group) {
  AnsweredTopics answered;
  for (const OffsetEntry& entry : context.broker.groups.offsets().All(group)) {
    const std::optional<Topic> topic = context.broker.topics.Find(entry.topic);
    if (!topic || !IsCurrent(entry, topic)) continue;
    if (answered.empty() || answered.back().name != entry.topic) {
      answered.push_back({entry.topic, entry.topic_id, {}});
    }
    answered.back().partitions.push_back(Found(entry));
  }
  return answered;
}

AnsweredTopics Answer(const RequestContext& context, const std::string& group,
                      const AskedTopics& topics) {
  return topics ? Asked(context, group, *topics) : All(context, group);
}

}  // namespace

boost::asio::awaitable<OffsetFetchResponse> Handle(const RequestContext& context,
                                                   OffsetFetchRequest request) {
  OffsetFetchResponse response;
  if (context.version <= 7) response.topics = Answer(context, request.group_id, request.topics);
  for (const auto& group : request.groups) {
    auto& answered = response.groups.emplace_back();
    answered.group_id = group.group_id;
    answered.topics = Answer(context, group.group_id, group.topics);
  }
  co_return response;
}

}  // namespace ticklake::broker
