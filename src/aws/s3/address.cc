#include "aws/s3/address.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/utf8.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxKey = 1024;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::unexpected<AwsError> BadUri(std::string_view why) {
  return AwsFail(400, "InvalidURI", "Couldn't parse the specified URI: {}", why);
}

// "192.168.5.4"
bool LooksLikeIp(std::string_view name) {
  return std::ranges::count(name, '.') == 3 &&
         std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

AwsResult<std::string> DecodePath(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const int high = i + 2 < path.size() ? HexDigit(path[i + 1]) : -1;
    const int low = i + 2 < path.size() ? HexDigit(path[i + 2]) : -1;
    if (high < 0 || low < 0) return BadUri("'%' needs two hexadecimal digits after it");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

AwsResult<void> CheckKey(std::string_view key) {
  if (key.size() > kMaxKey) {
    auto failure =
        AwsFail(400, "KeyTooLongError", "Your key is too long: it has {} bytes, of at most {}",
                key.size(), kMaxKey);
    failure.error().details = {{"Size", std::to_string(key.size())},
                               {"MaxSizeAllowed", std::to_string(kMaxKey)}};
    return failure;
  }
  if (key.contains('\0')) return BadUri("a key cannot hold a NUL character");
  if (!IsUtf8(key)) return BadUri("a key is UTF-8, and this one is not");
  return {};
}

std::string BucketOfHost(std::string_view host) {
  std::string name(host);
  if (!name.starts_with('[')) name.resize(std::min(name.find(':'), name.size()));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kLocal = ".localhost";
  if (name.ends_with(kLocal)) {
    name.resize(name.size() - kLocal.size());
    if (name == "s3") return "";
    if (name.ends_with(".s3")) name.resize(name.size() - 3);
    return name;
  }
  for (const std::string_view mark : {".s3.", ".s3-"}) {
    const size_t at = name.find(mark);
    if (at != std::string::npos && at > 0) return name.substr(0, at);
  }
  return "";
}

AwsResult<Address> AddressOf(const net::HttpRequest& http) {
  std::string_view target = http.target;
  if (!target.starts_with('/')) {  // absolute form: "http://host/path"
    const size_t scheme = target.find("://");
    const size_t slash =
        scheme == std::string_view::npos ? target.npos : target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  target = target.substr(0, target.find_first_of("?#"));
  auto path = DecodePath(target);
  if (!path) return std::unexpected(path.error());
  std::string_view rest = std::string_view(*path).substr(1);

  Address address;
  const auto host = http.headers.find("host");
  if (host != http.headers.end()) address.bucket = BucketOfHost(host->second);
  if (address.bucket.empty()) {
    const size_t slash = rest.find('/');
    address.bucket = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  }
  address.key = rest;
  if (auto good = CheckKey(address.key); !good) return std::unexpected(good.error());
  if (auto good = CheckKey(address.bucket); !good) return std::unexpected(good.error());
  return address;
}

bool IsBucketName(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.size() < 3 || name.size() > 63) return false;
  if (!plain(name.front()) || !plain(name.back())) return false;
  if (!std::ranges::all_of(name, [&](char c) { return plain(c) || c == '.' || c == '-'; })) {
    return false;
  }
  // No label of a host name may be empty, or begin or end with a hyphen.
  for (const std::string_view bad : {"..", ".-", "-."}) {
    if (name.contains(bad)) return false;
  }
  for (const std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (name.starts_with(prefix)) return false;
  }
  for (const std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (name.ends_with(suffix)) return false;
  }
  return !LooksLikeIp(name);
}

}  // namespace ticklake::aws::s3
