#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<OffsetDeleteResponse> Handle(const RequestContext& context,
                                                    OffsetDeleteRequest request) {
  OffsetDeleteResponse response;
  GroupCoordinator& groups = context.broker.groups;
  response.error = groups.CheckExists(request.group_id);
  if (response.error != ErrorCode::kNone) co_return response;
  std::vector<OffsetEntry> entries;
  for (auto& topic : request.topics) {
    // A member would go on committing what was just deleted.
    const ErrorCode error = groups.Subscribes(request.group_id, topic.name)
                                ? ErrorCode::kGroupSubscribedToTopic
                                : ErrorCode::kNone;
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions) {
      answered.partitions.push_back({partition.index, error});
      if (error != ErrorCode::kNone) continue;
      OffsetEntry& entry = entries.emplace_back();
      entry.topic = topic.name;
      entry.partition = partition.index;
    }
  }
  response.error = co_await Awaited<ErrorCode>(context, [&](auto done) {
    groups.DeleteOffsets(request.group_id, std::move(entries), std::move(done));
  });
  co_return response;
}

}  // namespace ticklake::broker
