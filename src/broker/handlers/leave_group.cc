#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<LeaveGroupResponse> Handle(const RequestContext& context,
                                                  LeaveGroupRequest request) {
  LeaveGroupResponse response;
  GroupCoordinator& groups = context.broker.groups;
  if (context.version <= 2) {
    response.error = groups.Leave(request.group_id, {request.member_id, {}, -1});
    co_return response;
  }
  for (auto& member : request.members) {
    const ErrorCode error =
        groups.Leave(request.group_id, {member.member_id, member.instance_id, -1});
    response.members.push_back({std::move(member.member_id), std::move(member.instance_id), error});
  }
  co_return response;
}

}  // namespace ticklake::broker
