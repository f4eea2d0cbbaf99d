#include "net/sigv2.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.h"
#include "base/base64.h"
#include "net/url.h"

namespace ticklake::net {
namespace {

// Parameters of the query that say what the request is about; the others are not signed.
constexpr auto kSigned = std::to_array<std::string_view>({
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
});

std::string_view Field(const SigV2Request& request, const std::string& name) {
  const auto field = request.headers->find(name);
  return field == request.headers->end() ? std::string_view() : field->second;
}

std::string Subresources(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string>> kept;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    if (!std::ranges::binary_search(kSigned, name)) continue;
    std::string value;
    if (equals < pair.size()) {
      // The value is signed as it is meant.
      const auto decoded = ParseTarget(fmt::format("/?v={}", pair.substr(equals + 1)));
      value = "=" + (decoded ? decoded->query.at("v") : std::string(pair.substr(equals + 1)));
    }
    kept.emplace_back(name, std::move(value));
  }
  std::ranges::stable_sort(kept, {}, [](const auto& pair) { return pair.first; });
  std::string out;
  for (const auto& [name, value] : kept) {
    out += out.empty() ? '?' : '&';
    (out += name) += value;
  }
  return out;
}

}  // namespace

std::string SigV2StringToSign(const SigV2Request& request) {
  const bool has_amz_date = request.headers->contains("x-amz-date");
  std::string_view date = request.expires;
  if (date.empty() && !has_amz_date) date = Field(request, "date");
  std::string out = fmt::format("{}\n{}\n{}\n{}\n", request.method, Field(request, "content-md5"),
                                Field(request, "content-type"), date);
  for (const auto& [name, value] : *request.headers) {
    if (name.starts_with("x-amz-")) out += fmt::format("{}:{}\n", name, Trimmed(value));
  }
  if (!request.bucket.empty()) out += fmt::format("/{}", request.bucket);
  out += request.path;
  return out + Subresources(request.query);
}

std::string SigV2Signature(const HmacSha1Key& secret, std::string_view string_to_sign) {
  return Base64(secret.Sign(string_to_sign));
}

}  // namespace ticklake::net
