// HOST:PORT, as users write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::net {

struct HostPort {
  std::string host;   ///< a name or an address, without the brackets of IPv6
  uint16_t port = 0;  ///< 0: any free port

  /// "127.0.0.1:9092", "[::1]:9092"
  std::string ToString() const;
  bool operator==(const HostPort&) const = default;
};

/// Parses "host:port", "[v6]:port" and ":port" (host 127.0.0.1). Errors: kInvalid.
Result<HostPort> ParseHostPort(std::string_view text);

/// Whether a host is this machine as only this machine reaches it: localhost, 127.0.0.0/8, ::1.
bool IsLoopback(std::string_view host);

}  // namespace ticklake::net
