#include "aws/host_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "net/address.h"

namespace ticklake::aws {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"localhost", "localhost.localstack.cloud",
                                                    "host.docker.internal"};
constexpr std::array<std::string_view, 4> kSuffixes = {".localhost", ".localhost.localstack.cloud",
                                                       ".amazonaws.com", ".amazonaws.com.cn"};

bool IsAddress(const std::string& name) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, name.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &parsed) == 1;
}

std::string NameOf(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  std::string name(host.substr(0, host.find(':')));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

bool IsOwnHost(std::string_view host) {
  const std::string name = NameOf(host);
  return IsAddress(name) || std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kSuffixes, [&](std::string_view end) { return name.ends_with(end); });
}

bool IsForeignOrigin(const net::HttpRequest& http) {
  const auto field = http.headers.find("origin");
  if (field == http.headers.end()) return false;
  const std::string_view origin = field->second;
  const size_t scheme = origin.find("://");
  // "null" is a page without a place: a file, or one in a sandbox.
  if (scheme == std::string_view::npos) return true;
  const std::string_view host = origin.substr(scheme + 3);
  return !net::IsLoopback(NameOf(host)) && !NameOf(host).ends_with(".localhost");
}

AwsResult<void> CheckHost(const net::HttpRequest& http) {
  const auto field = http.headers.find("host");
  if (field == http.headers.end()) {
    return AwsFail(400, "InvalidRequest", "Missing required header for this request: Host");
  }
  if (IsOwnHost(field->second)) return {};
  return AwsFail(
      403, "AccessDenied",
      "Access Denied: Host {} is not this machine, and requests are let in without keys; "
      "use 127.0.0.1 or localhost, or make a key with `ticklake keys create`",
      field->second);
}

}  // namespace ticklake::aws
