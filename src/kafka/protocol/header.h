// The headers before every request and response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/protocol/apis.h"
#include "kafka/protocol/writer.h"

namespace ticklake::kafka::protocol {

struct RequestHeader {
  int16_t api_key = 0;
  int16_t version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string> client_id;
};

/// A request split in its header and body. `api` is null for a key that is not in the table; then,
/// and for a version that the table does not have, `body` is not to be trusted.
struct Request {
  RequestHeader header;
  const Api* api = nullptr;
  std::string_view body;

  bool Supported() const { return api != nullptr && api->Supports(header.version); }
};

/// Splits a frame. Errors: kCorrupt. `body` borrows from `frame`.
Result<Request> DecodeRequest(std::string_view frame);

/// Starts a response: header version 1 (tagged fields) for flexible versions, except ApiVersions,
/// whose header stays at version 0 so that any client can read it.
void EncodeResponseHeader(const Api& api, int32_t correlation_id, Writer& writer);

/// What clients send: for tests and tools.
std::string EncodeRequestHeader(const RequestHeader& header);

}  // namespace ticklake::kafka::protocol
