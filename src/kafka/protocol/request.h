// Whole frames as a client sees them: requests to be sent, answers that came.
//
// Threading: pure functions. Does not: choose versions (ApiVersions), send or receive.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "kafka/protocol/codec.h"
#include "kafka/protocol/header.h"

namespace ticklake::kafka::protocol {

/// The frame of a request: length, header (header.api_key is set here) and body.
template <class T>
std::string EncodeRequest(const T& message, RequestHeader header) {
  header.api_key = static_cast<int16_t>(T::kApi);
  Writer body = WriterFor<T>(header.version);
  Encode(message, body);
  const std::string head = EncodeRequestHeader(header);
  std::string frame;
  frame.reserve(4 + head.size() + body.size());
  AppendBig<int32_t>(frame, static_cast<int32_t>(head.size() + body.size()));
  frame += head;
  frame += body.Flatten();
  return frame;
}

/// The answer to a request of that version, from its frame without the length. kCorrupt, also
/// when it answers another request. Records borrow from `frame`.
template <class T>
Result<T> DecodeResponse(std::string_view frame, int version, int32_t correlation_id) {
  const Api& api = GetApi(T::kApi);
  Reader header(frame, 0, false);
  int32_t answered = 0;
  header(answered);
  if (api.IsFlexible(version) && api.key != ApiKey::kApiVersions) header.SkipTags();
  TL_TRY(header.Finish());
  if (answered != correlation_id) {
    return Fail(Code::kCorrupt, "{}: the answer is to request {}, not {}", api.name, answered,
                correlation_id);
  }
  return Decode<T>(header.rest(), version);
}

}  // namespace ticklake::kafka::protocol
