#include "net/aws/signed_request.h"

#include "net/digests.h"
#include "net/sigv4.h"
#include "net/url.h"

namespace ticklake::net {
namespace {

std::string EscapedPath(std::string_view path) {
  std::string escaped;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    escaped += PercentEncode(part);
    path.remove_prefix(part.size());
    if (path.empty()) break;
    escaped += '/';
    path.remove_prefix(1);
  }
  return escaped;
}

std::string EscapedQuery(const std::map<std::string, std::string>& query) {
  std::string escaped;
  for (const auto& [name, value] : query) {
    if (!escaped.empty()) escaped += '&';
    escaped += PercentEncode(name) + '=' + PercentEncode(value);
  }
  return escaped;
}

/// As curl makes the Host field of it: without the scheme's own port.
std::string HostOf(std::string_view origin) {
  const bool tls = origin.starts_with("https://");
  origin.remove_prefix(std::min(origin.size(), origin.find("://") + 3));
  std::string host(origin);
  const std::string_view own = tls ? ":443" : ":80";
  if (host.ends_with(own)) host.resize(host.size() - own.size());
  return host;
}

}  // namespace

HttpsRequest SignedRequest(const AwsRequest& request, const AwsCredentials& credentials,
                           const Scope& scope) {
  const std::string path = EscapedPath(request.path);
  const std::string query = EscapedQuery(request.query);
  HttpsRequest sent{.method = request.method,
                    .url = request.origin + path + (query.empty() ? "" : "?" + query),
                    .headers = request.headers,
                    .body = request.body,
                    .once = request.once,
                    .timeout = request.timeout};
  std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
  headers["host"] = HostOf(request.origin);
  const bool has_checksum = request.service == "s3" && request.origin.starts_with("https://");
  const std::string hash = has_checksum ? std::string(kUnsignedPayload) : Sha256Hex(request.body);
  const auto added = SignRequest({.method = request.method,
                                  .path = path,
                                  .query = query,
                                  .headers = &headers,
                                  .payload_hash = hash},
                                 {.access_key = credentials.access_key,
                                  .secret_key = credentials.secret_key,
                                  .session_token = credentials.session_token,
                                  .region = scope.region,
                                  .service = request.service,
                                  .now = scope.now});
  for (const auto& [name, value] : added) sent.headers.emplace_back(name, value);
  return sent;
}

}  // namespace ticklake::net
