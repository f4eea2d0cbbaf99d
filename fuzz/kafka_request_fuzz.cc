// A frame from the network, as the broker decodes it: header, then the body of any API and version.

#include <cstdlib>
#include <string_view>

#include "kafka/protocol/codec.h"
#include "kafka/protocol/header.h"
#include "kafka/protocol/messages.h"

namespace {

using namespace ticklake::kafka::protocol;

// What can be decoded can be encoded and decoded again.
template <class T>
void Check(const Request& request) {
  const auto message = Decode<T>(request.body, request.header.version);
  if (!message) return;
  Writer writer = WriterFor<T>(request.header.version);
  Encode(*message, writer);
  if (!Decode<T>(writer.Flatten(), request.header.version)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto request = DecodeRequest({reinterpret_cast<const char*>(data), size});
  if (!request || !request->Supported()) return 0;
  switch (request->api->key) {
#define TL_FUZZ_API(name, key, lowest, highest, flexible) \
  case ApiKey::k##name:                                   \
    Check<name##Request>(*request);                       \
    Check<name##Response>(*request);                      \
    break;
    TL_KAFKA_APIS(TL_FUZZ_API)
#undef TL_FUZZ_API
  }
  return 0;
}
