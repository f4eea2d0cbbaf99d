#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<HeartbeatResponse> Handle(const RequestContext& context,
                                                 HeartbeatRequest request) {
  HeartbeatResponse response;
  response.error = context.broker.groups.Heartbeat(
      request.group_id, {request.member_id, request.instance_id, request.generation});
  co_return response;
}

}  // namespace ticklake::broker
