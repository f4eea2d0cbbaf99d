#include "aws/sessions.h"

#include <charconv>
#include <vector>

#include "base/base64.h"

namespace ticklake::aws {
namespace {

constexpr size_t kMacSize = 32;
constexpr size_t kParts = 5;

// Lines: none of the parts has a line feed in it, see NewKeyId and the STS operations.
std::string Facts(const Session& session) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", session.access_key, session.parent, session.arn,
                     session.user_id, session.expires);
}

net::Sha256Bytes Mac(const net::HmacSha256Key& key, std::string_view purpose,
                     std::string_view facts) {
  return key.Sign(fmt::format("{}\n{}", purpose, facts));
}

std::unexpected<AwsError> Invalid() {
  return AwsFail(400, "InvalidToken",
                 "The provided token is malformed or otherwise invalid: it was not given out here, "
                 "or for another access key");
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

SessionCredentials MakeSession(const net::HmacSha256Key& key, const Session& session) {
  const std::string facts = Facts(session);
  const auto mac = Mac(key, "token", facts);
  const auto secret = Mac(key, "secret", facts);
  return {.secret = Base64(net::View(secret).substr(0, 30)),
          .token = Base64(std::string(net::View(mac)) + facts)};
}

AwsResult<Session> OpenSession(const net::HmacSha256Key& key, std::string_view token,
                               std::string_view access_key, Nanos now) {
  const auto bytes = FromBase64(token);
  if (!bytes || bytes->size() < kMacSize) return Invalid();
  const std::string_view facts = std::string_view(*bytes).substr(kMacSize);
  const auto mac = Mac(key, "token", facts);
  if (!net::SameBytes(net::View(mac), std::string_view(*bytes).substr(0, kMacSize))) {
    return Invalid();
  }
  std::vector<std::string> parts = Lines(facts);
  if (parts.size() != kParts || parts[0] != access_key) return Invalid();
  Session session{.access_key = parts[0], .parent = parts[1], .arn = parts[2], .user_id = parts[3]};
  (void)std::from_chars(parts[4].data(), parts[4].data() + parts[4].size(), session.expires);
  if (session.expires <= now) {
    return AwsFail(400, "ExpiredToken", "The provided token has expired: it held until {}",
                   FormatUtc(session.expires));
  }
  return session;
}

}  // namespace ticklake::aws
