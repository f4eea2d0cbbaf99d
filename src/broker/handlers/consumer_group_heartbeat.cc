#include "base/log.h"
#include "broker/handlers/handlers.h"

namespace ticklake::broker {

using namespace kafka::protocol;

// The new group protocol (KIP-848) is not there. The API is listed all the same, and refused as
// Apache Kafka refuses it where the protocol is switched off: where it is not listed, librdkafka
// waits for ever and tells nobody.
boost::asio::awaitable<ConsumerGroupHeartbeatResponse> Handle(
    const RequestContext& context, ConsumerGroupHeartbeatRequest request) {
  spdlog::warn(
      "kafka: client '{}' at {}: group '{}': the new group protocol (KIP-848) is not supported; "
      "set group.protocol=classic",
      context.client.id, context.client.peer, request.group_id);
  ConsumerGroupHeartbeatResponse response;
  response.error = ErrorCode::kUnsupportedVersion;
  response.error_message =
      "this broker has no new group protocol (KIP-848); set group.protocol=classic";
  co_return response;
}

}  // namespace ticklake::broker
