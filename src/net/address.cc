#include "net/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace ticklake::net {

std::string HostPort::ToString() const {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<HostPort> ParseHostPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return Fail(Code::kInvalid, "address '{}': no port; write HOST:PORT, like 127.0.0.1:9092",
                text);
  }
  HostPort address;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return Fail(Code::kInvalid, "address '{}': write an IPv6 host in brackets, like [::1]:9092",
                text);
  }
  address.host = host.empty() ? "127.0.0.1" : std::string(host);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return Fail(Code::kInvalid, "address '{}': '{}' is no port; use a number from 0 to 65535", text,
                port);
  }
  return address;
}

bool IsLoopback(std::string_view host) {
  const std::string name(host);
  in_addr v4{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return name == "localhost" || name == "::1";
}

}  // namespace ticklake::net
