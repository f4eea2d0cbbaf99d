#include "broker/groups/coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/wait.h"

namespace ticklake::broker {

using namespace kafka::protocol;

boost::asio::awaitable<DeleteGroupsResponse> Handle(const RequestContext& context,
                                                    DeleteGroupsRequest request) {
  DeleteGroupsResponse response;
  for (std::string& name : request.groups) {
    const ErrorCode error = co_await Awaited<ErrorCode>(
        context, [&](auto done) { context.broker.groups.Delete(name, std::move(done)); });
    response.results.push_back({std::move(name), error});
  }
  co_return response;
}

}  // namespace ticklake::broker
