#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

namespace {

constexpr int8_t kGroupKey = 0;

}  // namespace

boost::asio::awaitable<FindCoordinatorResponse> Handle(const RequestContext& context,
                                                       FindCoordinatorRequest request) {
  const BrokerIdentity& self = context.broker.identity;
  FindCoordinatorResponse response;
  FindCoordinatorResponse::Coordinator found;
  if (request.key_type == kGroupKey) {
    found.node_id = self.node_id;
    found.host = self.advertised.host;
    found.port = self.advertised.port;
  } else {
    found.error = ErrorCode::kTransactionalIdAuthorizationFailed;  // clients do not try again
    found.error_message = "this broker has no transactions; use an idempotent producer";
  }
  for (std::string& key : request.keys) {
    found.key = std::move(key);
    response.coordinators.push_back(found);
  }
  response.error = found.error;
  response.error_message = found.error_message;
  response.node_id = found.node_id;
  response.host = found.host;
  response.port = found.port;
  co_return response;
}

}  // namespace ticklake::broker
