#include "base/log.h"
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
  if (response.error == ErrorCode::kGroupMaxSizeReached) {
    spdlog::warn(
        "kafka: {}: may not join group '{}': it has group.max.size members, or all "
        "groups together take group.max.bytes",
        context.client.name, LogText(request.group_id));
  }
  // Null is legal from version 7 on.
  if (context.version < 7 && !response.protocol_name) response.protocol_name = "";
  co_return response;
}

}  // namespace ticklake::broker
