// AwsPeer: the AWS service that our clients are tested against.
//
// tests/test_peers.py starts it (our own door, or with `make test-peers` others), and names it
// here; without it these tests do not exist:
//   TICKLAKE_PEER_ENDPOINT   http://127.0.0.1:PORT
//   TICKLAKE_PEER_KEYS       ACCESS:SECRET (default test:test)
//   TICKLAKE_PEER_LACKS      what it does not do, by name, separated by commas; such tests skip
// Tests only. Threading: none.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/aws/aws_client.h"

namespace ticklake {

inline std::string PeerVariable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline bool PeerLacks(std::string_view what) {
  const std::string list = "," + PeerVariable("TICKLAKE_PEER_LACKS", "") + ",";
  return list.find("," + std::string(what) + ",") != std::string::npos;
}

/// There is a peer, and it has that service ("s3", "glue").
inline bool HasPeer(std::string_view service) {
  return !PeerVariable("TICKLAKE_PEER_ENDPOINT", "").empty() && !PeerLacks(service);
}

inline uint16_t PortOf(const std::string& url) {
  return static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// A client of the service at `endpoint` that sees nothing of this machine's own AWS settings.
inline std::unique_ptr<net::AwsClient> PeerClient(const std::string& endpoint,
                                                  net::RetryPolicy retry = {}) {
  const std::string keys = PeerVariable("TICKLAKE_PEER_KEYS", "test:test");
  const size_t colon = keys.find(':');
  const std::map<std::string, std::string> variables = {
      {"AWS_ENDPOINT_URL", endpoint},
      {"AWS_REGION", "us-east-1"},
      {"AWS_ACCESS_KEY_ID", keys.substr(0, colon)},
      {"AWS_SECRET_ACCESS_KEY", keys.substr(colon + 1)}};
  net::AwsClientOptions options;
  options.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  options.retry = retry;
  return net::AwsClient::Open(PosixFileSystem(), SystemClock(), std::move(options)).value();
}

}  // namespace ticklake
