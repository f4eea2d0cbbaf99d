#include <algorithm>

#include "base/fs.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topics_lookup.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

using AskedTopic = DescribeLogDirsRequest::Topic;

// Null asks for everything.
bool IsAsked(const std::optional<std::vector<AskedTopic>>& topics, const std::string& name,
             int32_t partition) {
  if (!topics) return true;
  return std::ranges::any_of(*topics, [&](const AskedTopic& topic) {
    return topic.name == name &&
           std::ranges::find(topic.partitions, partition) != topic.partitions.end();
  });
}

// Runs on the pool.
DescribeLogDirsResponse Describe(const RequestContext& context,
                                 const DescribeLogDirsRequest& request) {
  DescribeLogDirsResponse response;
  auto& dir = response.dirs.emplace_back();
  dir.path = context.broker.identity.directory;
  int64_t used = 0;
  for (const Topic& topic : context.broker.topics.List()) {
    DescribeLogDirsResponse::Dir::Topic described;
    described.name = topic.name;
    for (int32_t index = 0; index < topic.partitions; ++index) {
      const auto log = FindLog(context, topic, index);
      if (log == nullptr) continue;
      const auto size = static_cast<int64_t>(log->size_bytes());
      used += size;
      if (IsAsked(request.topics, topic.name, index)) {
        described.partitions.push_back({index, size, 0, false});
      }
    }
    if (!described.partitions.empty()) dir.topics.push_back(std::move(described));
  }
  if (const auto free = context.broker.fs.FreeBytes(dir.path)) {
    dir.usable_bytes = static_cast<int64_t>(*free);
    dir.total_bytes = dir.usable_bytes + used;
  }
  return response;
}

}  // namespace

boost::asio::awaitable<DescribeLogDirsResponse> Handle(const RequestContext& context,
                                                       DescribeLogDirsRequest request) {
  DescribeLogDirsResponse response =
      co_await OnPool<DescribeLogDirsResponse>(context, [&] { return Describe(context, request); });
  co_return response;
}

}  // namespace ticklake::broker
