#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<DescribeGroupsResponse> Handle(const RequestContext& context,
                                                      DescribeGroupsRequest request) {
  DescribeGroupsResponse response;
  for (const std::string& name : request.groups) {
    auto group = context.broker.groups.Describe(name);
    // Before version 6 the state "Dead" alone says that there is no such group (KIP-1043).
    if (context.version < 6) group.error = ErrorCode::kNone;
    if (group.error != ErrorCode::kNone)
      group.error_message = "group '" + name + "' does not exist";
    response.groups.push_back(std::move(group));
  }
  co_return response;
}

}  // namespace ticklake::broker
