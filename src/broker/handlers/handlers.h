// One handler for each API of the table in kafka/protocol/apis.h; one file each.
//
// A handler gets a decoded request and gives the response; refusing is a response too. It runs on
// the connection's loop: what waits for something (disk, other members, new records) is awaited,
// never blocked for.
#pragma once

#include <optional>

#include <boost/asio/awaitable.hpp>

#include "broker/handlers/context.h"
#include "kafka/protocol/messages.h"

namespace ticklake::broker {

/// Produce alone answers in two phases: appending happens in order, and the wait until the records
/// are on disk overlaps with the connection's next requests.
struct StartedProduce {
  kafka::protocol::ProduceResponse response;  ///< the answer, unless `later` is set
  std::optional<boost::asio::awaitable<kafka::protocol::ProduceResponse>> later;
  bool silent = false;  ///< acks=0: nothing is answered
  bool close = false;   ///< acks=0 and an error: closing the connection is all that can tell it
};

template <class Response>
struct HandlerResult {
  using Type = boost::asio::awaitable<Response>;
};
template <>
struct HandlerResult<kafka::protocol::ProduceResponse> {
  using Type = boost::asio::awaitable<StartedProduce>;
};

/// `context` outlives the coroutine, but not StartedProduce::later.
#define TL_DECLARE_HANDLER(name, key, lowest, highest, flexible) \
  HandlerResult<kafka::protocol::name##Response>::Type Handle(   \
      const RequestContext& context, kafka::protocol::name##Request request);
TL_KAFKA_APIS(TL_DECLARE_HANDLER)
#undef TL_DECLARE_HANDLER

}  // namespace ticklake::broker
