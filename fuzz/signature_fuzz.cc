// Signed requests and chunked bodies from strangers: none is taken for one that a key has signed,
// and no body gives more than it said.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/chunked_payload.h"
#include "aws/test_requests.h"

namespace aws = ticklake::aws;

namespace {

std::string Line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return std::string(line);
}

// "METHOD PATH QUERY", then fields, an empty line, and the body.
aws::TestRequest Parse(std::string_view text) {
  aws::TestRequest request;
  const std::string first = Line(text);
  const size_t path = std::min(first.find(' '), first.size());
  const size_t query = std::min(first.find(' ', path + 1), first.size());
  request.method = first.substr(0, path);
  request.path = "/" + first.substr(std::min(path + 1, query), query - std::min(path + 1, query));
  if (query < first.size()) request.query = first.substr(query + 1);
  for (std::string line = Line(text); !line.empty(); line = Line(text)) {
    const size_t colon = std::min(line.find(':'), line.size());
    request.headers[line.substr(0, colon)] = line.substr(std::min(colon + 1, line.size()));
  }
  request.body = text;
  return request;
}

void Decode(const aws::TestRequest& request, bool is_signed) {
  aws::TestBody body(request.body, 100);
  aws::ChunkedPayload payload(body, {.length = request.body.size() / 2,
                                     .is_signed = is_signed,
                                     .has_trailers = request.method.size() % 2 == 0});
  const auto all = aws::ReadAll(payload, request.body.size() + 1);
  if (all && all->size() != request.body.size() / 2) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static aws::TestDoor door;
  const aws::TestRequest request = Parse({reinterpret_cast<const char*>(data), size});
  if (door.Send(request) && !door.caller().access_key.empty()) std::abort();
  Decode(request, false);
  Decode(request, true);
  return 0;
}
