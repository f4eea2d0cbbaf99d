#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using PartitionResponse = ListOffsetsResponse::Topic::Partition;

// Blocks on the disk for times; the specials cost nothing.
void Answer(const PartitionLog& log, int64_t timestamp, PartitionResponse& answered) {
  answered.leader_epoch = kLeaderEpoch;
  switch (timestamp) {
    case kLatestTimestamp: answered.offset = log.durable_end(); return;
    case kEarliestTimestamp:
    case kEarliestLocalTimestamp: answered.offset = log.log_start(); return;
    case kLatestTieredTimestamp:
    case kEarliestPendingUpload: answered.leader_epoch = -1; return;
    default: break;
  }
  const auto found =
      timestamp == kMaxTimestamp ? log.FindMaxTimestamp() : log.FindTimestamp(timestamp);
  if (!found) {
    spdlog::error("kafka: ListOffsets: {}", found.error().message);
    answered.error = ErrorCode::kKafkaStorageError;
    return;
  }
  if (!*found) {
    answered.leader_epoch = -1;
    return;
  }
  answered.offset = (*found)->offset;
  answered.timestamp = (*found)->timestamp_ms;
}

bool OnlySpecials(const ListOffsetsRequest& request) {
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.timestamp >= 0 || partition.timestamp == kMaxTimestamp) return false;
    }
  }
  return true;
}

ListOffsetsResponse AnswerAll(const RequestContext& context, const ListOffsetsRequest& request) {
  ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    const std::optional<Topic> found = context.broker.topics.Find(topic.name);
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions) {
      PartitionResponse& each = answered.partitions.emplace_back();
      each.index = partition.index;
      const auto log = found ? FindLog(context, *found, partition.index) : nullptr;
      each.error = log == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                  : CheckLeaderEpoch(partition.current_leader_epoch);
      if (each.error == ErrorCode::kNone) Answer(*log, partition.timestamp, each);
    }
  }
  return response;
}

}  // namespace

boost::asio::awaitable<ListOffsetsResponse> Handle(const RequestContext& context,
                                                   ListOffsetsRequest request) {
  if (OnlySpecials(request)) co_return AnswerAll(context, request);
  ListOffsetsResponse response =
      co_await OnPool<ListOffsetsResponse>(context, [&] { return AnswerAll(context, request); });
  co_return response;
}

}  // namespace ticklake::broker
