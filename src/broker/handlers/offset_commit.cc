#include "base/log.h"
#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/settings.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using Partition = OffsetCommitRequest::Topic::Partition;

ErrorCode Check(const RequestContext& context, const std::optional<Topic>& topic,
                const std::string& name, const Partition& partition) {
  if (!topic) return MissingTopic(name);
  if (partition.index < 0 || partition.index >= topic->partitions) {
    return ErrorCode::kUnknownTopicOrPartition;
  }
  const auto longest = static_cast<size_t>(context.broker.settings.offset_metadata_max_bytes);
  if (partition.metadata && partition.metadata->size() > longest) {
    return ErrorCode::kOffsetMetadataTooLarge;
  }
  return ErrorCode::kNone;
}

OffsetEntry ToEntry(const Topic& topic, Partition& partition) {
  OffsetEntry entry;
  entry.topic = topic.name;
  entry.topic_id = topic.id;
  entry.partition = partition.index;
  entry.offset = partition.offset;
  entry.leader_epoch = partition.leader_epoch;
  entry.metadata = std::move(partition.metadata).value_or("");
  return entry;
}

}  // namespace

boost::asio::awaitable<OffsetCommitResponse> Handle(const RequestContext& context,
                                                    OffsetCommitRequest request) {
  OffsetCommitResponse response;
  std::vector<OffsetEntry> entries;
  for (auto& topic : request.topics) {
    const std::optional<Topic> found = FindTopic(context, topic.name, topic.topic_id);
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    for (auto& partition : topic.partitions) {
      const ErrorCode error = Check(context, found, topic.name, partition);
      answered.partitions.push_back({partition.index, error});
      if (error == ErrorCode::kNone) entries.push_back(ToEntry(*found, partition));
    }
  }
  const Group::MemberRef member{request.member_id, request.instance_id, request.generation};
  const ErrorCode outcome = co_await Awaited<ErrorCode>(context, [&](auto done) {
    context.broker.groups.Commit(request.group_id, member, std::move(entries), std::move(done));
  });
  if (outcome == ErrorCode::kInvalidCommitOffsetSize) {
    spdlog::warn(
        "kafka: {}: offsets of group '{}' not taken: those of all groups together "
        "take offsets.max.bytes",
        context.client.name, LogText(request.group_id));
  }
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error == ErrorCode::kNone) partition.error = outcome;
    }
  }
  co_return response;
}

}  // namespace ticklake::broker
