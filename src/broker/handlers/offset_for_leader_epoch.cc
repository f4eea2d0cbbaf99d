#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<OffsetForLeaderEpochResponse> Handle(const RequestContext& context,
                                                            OffsetForLeaderEpochRequest request) {
  OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    const std::optional<Topic> found = context.broker.topics.Find(topic.name);
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& each = answered.partitions.emplace_back();
      each.index = partition.index;
      const auto log = found ? FindLog(context, *found, partition.index) : nullptr;
      each.error = log == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                  : CheckLeaderEpoch(partition.current_leader_epoch);
      // An epoch after ours is unknown: -1 and -1.
      if (each.error != ErrorCode::kNone || partition.leader_epoch != kLeaderEpoch) continue;
      each.leader_epoch = kLeaderEpoch;
      each.end_offset = log->durable_end();
    }
  }
  co_return response;
}

}  // namespace ticklake::broker
