// KafkaSession: one client connection: frames in, responses out.
//
// Splits and decodes requests, chooses the handler by the table of APIs, encodes its response.
// What cannot be understood closes the connection with a log line that names client and cause; an
// ApiVersions request of an unknown version is answered with error 35 in version 0 (KIP-511).
// Threading: belongs to its connection's loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/handlers/context.h"
#include "kafka/protocol/header.h"
#include "net/frame_server.h"

namespace ticklake::broker {

class KafkaSession : public net::FrameSession {
 public:
  /// `parts` must outlive the session. `peer`: "127.0.0.1:51234".
  KafkaSession(const BrokerParts& parts, boost::asio::any_io_executor executor, std::string peer);

  boost::asio::awaitable<net::Started> Start(std::string_view frame) override;
  /// Only records need large frames.
  uint32_t FrameLimit(std::string_view head) const override;

 private:
  template <class Request, class Response>
  boost::asio::awaitable<net::Started> Run(kafka::protocol::Request raw);
  net::Started Refuse(std::string_view cause) const;
  void SetClientId(std::string id);
  net::Started RefuseForMemory(size_t elements) const;
  net::Started RefuseVersion(const kafka::protocol::Request& raw) const;

  const BrokerParts& parts_;
  ClientInfo client_;
};

}  // namespace ticklake::broker
