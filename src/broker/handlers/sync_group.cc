#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<SyncGroupResponse> Handle(const RequestContext& context,
                                                 SyncGroupRequest request) {
  SyncGroupResponse response = co_await Awaited<SyncGroupResponse>(
      context, [&](auto reply) { context.broker.groups.Sync(request, std::move(reply)); });
  co_return response;
}

}  // namespace ticklake::broker
