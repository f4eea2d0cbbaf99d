#include "base/log.h"
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
    spdlog::warn(
        "kafka: client '{}' at {}: refused: this broker has no transactions; use an idempotent "
        "producer",
        context.client.id, context.client.peer);
    // No error says "no transactions". After this one all clients give up at once, and librdkafka
    // and Java show its message; librdkafka tries for ever after any other but 53, of which Java
    // shows no message.
    found.error = ErrorCode::kClusterAuthorizationFailed;
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
