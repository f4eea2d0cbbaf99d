#include "net/aws/credential_sources.h"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "net/aws/sts.h"

namespace ticklake::net {
namespace {

constexpr std::chrono::milliseconds kLocalTimeout{2'000};
constexpr int kLocalAttempts = 3;  // a container may start before its endpoint answers

/// GET, or PUT, from an endpoint of this machine; any status but 200 is an error.
Result<std::string> AskLocal(const CredentialParts& parts, HttpsRequest request) {
  request.timeout = kLocalTimeout;
  for (int attempt = 1;; ++attempt) {
    auto answer = parts.local->Send(request);
    if (answer && answer->status == 200) return std::move(answer->body);
    const bool last = attempt == kLocalAttempts;
    if (last && !answer) return Fail(answer.error());
    if (last || (answer && answer->status < 500)) {
      return Fail(Code::kAuth, "{}: HTTP status {}", request.url, answer->status);
    }
    parts.clock->SleepFor(std::chrono::milliseconds(100 * attempt));
  }
}

/// Plain HTTP carries the token: only to this machine and AWS's link-local addresses.
bool MayBePlain(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  std::string_view host = url.substr(kScheme.size());
  host = host.substr(0, host.find('/'));
  if (host.starts_with('[')) {
    host = host.substr(0, host.find(']') + 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  constexpr std::array kLocal = {"localhost",     "127.0.0.1",      "[::1]",
                                 "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::ranges::find(kLocal, host) != kLocal.end();
}

std::string Text(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

}  // namespace

Result<AwsCredentials> CredentialsFromJson(std::string_view text, const char* token,
                                           const std::string& place) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(text, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) return Fail(Code::kAuth, "{}: its answer is no JSON object", place);
  AwsCredentials credentials{.access_key = Text(*object, "AccessKeyId"),
                             .secret_key = Text(*object, "SecretAccessKey"),
                             .session_token = Text(*object, token)};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    return Fail(Code::kAuth, "{}: its answer has no AccessKeyId and SecretAccessKey", place);
  }
  if (const std::string expires = Text(*object, "Expiration"); !expires.empty()) {
    TL_ASSIGN(credentials.expires, ParseUtc(expires));
  }
  return credentials;
}

Result<std::string> ReadTokenFile(const CredentialParts& parts, const std::string& path) {
  TL_ASSIGN(std::string text, parts.fs->ReadFile(path));
  const size_t end = text.find_last_not_of(" \t\r\n");
  text.resize(end == std::string::npos ? 0 : end + 1);
  if (text.empty()) return Fail(Code::kAuth, "token file {}: is empty", path);
  return text;
}

MaybeCredentials FromVariables(const CredentialParts& parts) {
  const auto& environment = parts.environment;
  const auto access = environment("AWS_ACCESS_KEY_ID");
  if (!access) return std::nullopt;
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!secret) {
    return Fail(Code::kAuth,
                "AWS credentials: AWS_ACCESS_KEY_ID is set, but not "
                "AWS_SECRET_ACCESS_KEY; set both");
  }
  return AwsCredentials{.access_key = *access,
                        .secret_key = *secret,
                        .session_token = environment("AWS_SESSION_TOKEN").value_or("")};
}

MaybeCredentials FromWebIdentity(const CredentialParts& parts) {
  const auto file = parts.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto role = parts.environment("AWS_ROLE_ARN");
  if (!file || !role) return std::nullopt;
  return AssumeRoleWithWebIdentity(
      parts, {.arn = *role,
              .session = parts.environment("AWS_ROLE_SESSION_NAME").value_or("ticklake"),
              .token_file = *file});
}

MaybeCredentials FromContainer(const CredentialParts& parts) {
  const auto relative = parts.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = parts.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) return std::nullopt;
  HttpsRequest request{.url = relative ? "http://169.254.170.2" + *relative : *full};
  if (!request.url.starts_with("https://") && !MayBePlain(request.url)) {
    return Fail(Code::kAuth,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI '{}': neither https:// nor an "
                "address of this machine",
                request.url);
  }
  std::string token = parts.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto file = parts.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    TL_ASSIGN(token, ReadTokenFile(parts, *file));
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Fail(Code::kAuth, "AWS_CONTAINER_AUTHORIZATION_TOKEN: has more than one line");
  }
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  const std::string place = "credentials of the container, " + request.url;
  TL_ASSIGN(const std::string text, AskLocal(parts, std::move(request)));
  TL_ASSIGN(auto credentials, CredentialsFromJson(text, "Token", place));
  return credentials;
}

MaybeCredentials FromInstance(const CredentialParts& parts) {
  if (parts.environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true") return std::nullopt;
  std::string base =
      parts.environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  while (base.ends_with('/')) base.pop_back();
  const auto token =
      parts.local->Send({.method = "PUT",
                         .url = base + "/latest/api/token",
                         .headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                         .timeout = std::chrono::milliseconds(1'000)});
  if (!token || token->status != 200) return std::nullopt;  // this is no instance
  const auto ask = [&](const std::string& path) {
    return AskLocal(parts,
                    {.url = base + path, .headers = {{"X-aws-ec2-metadata-token", token->body}}});
  };
  const std::string folder = "/latest/meta-data/iam/security-credentials/";
  TL_ASSIGN(const std::string roles, ask(folder));
  const std::string role = roles.substr(0, roles.find('\n'));
  if (role.empty()) return Fail(Code::kAuth, "instance metadata: the instance has no role");
  TL_ASSIGN(const std::string text, ask(folder + role));
  TL_ASSIGN(auto credentials, CredentialsFromJson(text, "Token", "instance role '" + role + "'"));
  return credentials;
}

}  // namespace ticklake::net
