#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<JoinGroupResponse> Handle(const RequestContext& context,
                                                 JoinGroupRequest request) {
  Group::Caller caller;
  caller.client_id = context.client.id;
  caller.client_host = context.client.host;
  caller.takes_member_id = context.version >= 4;
  caller.may_skip_assignment = context.version >= 9;
  JoinGroupResponse response = co_await Awaited<JoinGroupResponse>(
      context, [&](auto reply) { context.broker.groups.Join(request, caller, std::move(reply)); });
  // Null is legal from version 7 on.
  if (context.version < 7 && !response.protocol_name) response.protocol_name = "";
  co_return response;
}

}  // namespace ticklake::broker
