#include "kafka/protocol/header.h"

#include "kafka/protocol/reader.h"

namespace ticklake::kafka::protocol {

Result<Request> DecodeRequest(std::string_view frame) {
  Request request;
  Reader reader(frame, 0, false);
  reader(request.header.api_key);
  reader(request.header.version);
  reader(request.header.correlation_id);
  request.api = FindApi(request.header.api_key);
  // An unknown API, or a version from the future, may have a header of its own shape behind these.
  if (reader.ok() && request.Supported()) {
    reader.OldString(request.header.client_id);
    if (request.api->IsFlexible(request.header.version)) reader.SkipTags();
    request.body = reader.rest();
  }
  if (auto done = reader.Finish(); !done) return Fail(done.error().Within("request header"));
  return request;
}

void EncodeResponseHeader(const Api& api, int32_t correlation_id, Writer& writer) {
  writer(correlation_id);
  if (writer.flexible() && api.key != ApiKey::kApiVersions) writer.NoTags();
}

std::string EncodeRequestHeader(const RequestHeader& header) {
  Writer writer(0, false);
  writer(header.api_key);
  writer(header.version);
  writer(header.correlation_id);
  writer.OldString(header.client_id);
  const Api* api = FindApi(header.api_key);
  if (api != nullptr && api->IsFlexible(header.version)) writer.NoTags();
  return std::move(writer.bytes());
}

}  // namespace ticklake::kafka::protocol
