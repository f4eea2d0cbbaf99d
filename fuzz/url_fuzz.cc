// Request targets and addresses: none upsets the parsers, and what they accept can be written and
// read again.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/address.h"
#include "net/url.h"

namespace net = ticklake::net;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = net::ParseTarget(text)) {
    std::string written = net::PercentEncode(target->path) + '?';
    for (const auto& [name, value] : target->query) {
      written += net::PercentEncode(name) + '=' + net::PercentEncode(value) + '&';
    }
    const auto again = net::ParseTarget(written);
    if (!again || again->path != target->path || again->query != target->query) std::abort();
  }
  if (const auto address = net::ParseHostPort(text)) {
    const auto again = net::ParseHostPort(address->ToString());
    if (!again || *again != *address) std::abort();
  }
  return 0;
}
