#include "aws/signature_claim.h"

#include <algorithm>
#include <charconv>

#include "net/http_date.h"

namespace ticklake::aws {
namespace {

constexpr int64_t kMaxHolds = 604'800;  // seconds

std::unexpected<AwsError> Malformed(std::string_view why) {
  return AwsFail(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; {}",
                 why);
}

std::unexpected<AwsError> BadQuery(std::string_view why) {
  return AwsFail(400, "AuthorizationQueryParametersError", "{}", why);
}

std::unexpected<AwsError> NoDate() {
  return AwsFail(403, "AccessDenied",
                 "AWS authentication requires a valid Date or x-amz-date header");
}

const std::string* Find(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

std::string ValueOf(const std::map<std::string, std::string>& map, const std::string& name) {
  const std::string* value = Find(map, name);
  return value == nullptr ? "" : *value;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The year 2255, about the end of time in nanoseconds.
constexpr int64_t kMostSeconds = 9'000'000'000;

// KEY/20260102/us-east-1/s3/aws4_request; the key itself may have slashes.
bool TakeCredential(std::string_view text, SignatureClaim& claim) {
  std::vector<std::string_view> parts = Split(text, '/');
  if (parts.size() < 5 || parts.back() != "aws4_request") return false;
  const size_t scope = parts.size() - 4;
  claim.access_key = text.substr(0, static_cast<size_t>(parts[scope].data() - text.data()) - 1);
  claim.scope = {.day = std::string(parts[scope]),
                 .region = std::string(parts[scope + 1]),
                 .service = std::string(parts[scope + 2])};
  return !claim.access_key.empty();
}

void TakeNames(std::string_view text, SignatureClaim& claim) {
  for (const std::string_view name : Split(text, ';')) claim.signed_names.emplace_back(name);
}

// Whether the names may be taken for what was signed: in order, each once.
bool InOrder(const std::vector<std::string>& names) {
  return std::ranges::adjacent_find(names, std::ranges::greater_equal()) == names.end();
}

AwsResult<void> TakeTime(const net::HttpRequest& http, SignatureClaim& claim) {
  const std::string* date = Find(http.headers, "x-amz-date");
  if (date == nullptr) date = Find(http.headers, "date");
  if (date == nullptr) return NoDate();
  if (const auto time = net::ParseAmzTime(*date)) {
    claim.signed_at = *time;
  } else if (const auto other = net::ParseHttpDate(*date)) {
    claim.signed_at = *other;
  } else {
    return NoDate();
  }
  claim.time = net::AmzTime(claim.signed_at);
  return {};
}

// "Credential=…, SignedHeaders=…, Signature=…"
AwsResult<void> TakeFields(std::string_view fields, SignatureClaim& claim) {
  std::map<std::string, std::string> found;
  for (std::string_view field : Split(fields, ',')) {
    field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
    const size_t equals = field.find('=');
    if (equals == std::string_view::npos) return Malformed("each part is NAME=VALUE");
    const bool is_new = found.emplace(field.substr(0, equals), field.substr(equals + 1)).second;
    if (!is_new) return Malformed("a part stands there twice");
  }
  for (const char* name : {"Credential", "SignedHeaders", "Signature"}) {
    if (ValueOf(found, name).empty()) return Malformed(fmt::format("{} is missing", name));
  }
  if (found.size() != 3) return Malformed("it has parts that are unknown");
  if (!TakeCredential(found["Credential"], claim)) {
    return Malformed(
        "the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"");
  }
  TakeNames(found["SignedHeaders"], claim);
  if (!InOrder(claim.signed_names)) return Malformed("SignedHeaders are not in order");
  claim.signature = found["Signature"];
  return {};
}

AwsResult<SignatureClaim> OfHeaderV4(const net::HttpRequest& http, std::string_view fields) {
  SignatureClaim claim{.form = SignatureForm::kV4Header};
  if (auto taken = TakeFields(fields, claim); !taken) return std::unexpected(taken.error());
  if (auto taken = TakeTime(http, claim); !taken) return std::unexpected(taken.error());
  if (claim.scope.day != claim.time.substr(0, 8)) {
    return Malformed(fmt::format(
        "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
        claim.scope.day, claim.time.substr(0, 8)));
  }
  claim.session_token = ValueOf(http.headers, "x-amz-security-token");
  return claim;
}

AwsResult<SignatureClaim> OfHeaderV2(const net::HttpRequest& http, std::string_view rest) {
  SignatureClaim claim{.form = SignatureForm::kV2Header};
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return AwsFail(400, "InvalidArgument",
                   "AWS authorization header is invalid. Expected AwsAccessKeyId:signature");
  }
  claim.access_key = rest.substr(0, colon);
  claim.signature = rest.substr(colon + 1);
  if (auto taken = TakeTime(http, claim); !taken) return std::unexpected(taken.error());
  claim.session_token = ValueOf(http.headers, "x-amz-security-token");
  return claim;
}

AwsResult<SignatureClaim> OfQueryV4(const net::HttpRequest& http) {
  SignatureClaim claim{.form = SignatureForm::kV4Query};
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date",
                           "X-Amz-SignedHeaders", "X-Amz-Expires"}) {
    if (ValueOf(http.query, name).empty()) {
      return BadQuery(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
          "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    }
  }
  if (http.query.at("X-Amz-Algorithm") != net::kSigV4) {
    return BadQuery("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  if (!TakeCredential(http.query.at("X-Amz-Credential"), claim)) {
    return BadQuery(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  claim.time = http.query.at("X-Amz-Date");
  const auto time = net::ParseAmzTime(claim.time);
  if (!time)
    return BadQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  claim.signed_at = *time;
  if (claim.scope.day != claim.time.substr(0, 8)) {
    return BadQuery(fmt::format(
        "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
        claim.scope.day, claim.time.substr(0, 8)));
  }
  const std::string& text = http.query.at("X-Amz-Expires");
  int64_t holds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), holds);
  if (error != std::errc() || end != text.data() + text.size()) {
    return BadQuery("X-Amz-Expires should be a number");
  }
  if (holds < 1) return BadQuery("X-Amz-Expires must be non-negative, and at least 1");
  if (holds > kMaxHolds) {
    return BadQuery(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds");
  }
  const Nanos longest = std::numeric_limits<Nanos>::max() - std::max<Nanos>(claim.signed_at, 0);
  claim.expires = claim.signed_at + std::min(holds * kNanosPerSecond, longest);
  TakeNames(http.query.at("X-Amz-SignedHeaders"), claim);
  if (!InOrder(claim.signed_names)) return BadQuery("X-Amz-SignedHeaders are not in order");
  claim.signature = http.query.at("X-Amz-Signature");
  claim.session_token = ValueOf(http.query, "X-Amz-Security-Token");
  return claim;
}

AwsResult<SignatureClaim> OfQueryV2(const net::HttpRequest& http) {
  SignatureClaim claim{.form = SignatureForm::kV2Query};
  claim.access_key = ValueOf(http.query, "AWSAccessKeyId");
  claim.signature = ValueOf(http.query, "Signature");
  const std::string expires = ValueOf(http.query, "Expires");
  if (claim.access_key.empty() || claim.signature.empty() || expires.empty()) {
    return AwsFail(403, "AccessDenied",
                   "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
                   "parameters");
  }
  int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (error != std::errc() || end != expires.data() + expires.size() || seconds < 0 ||
      seconds > kMostSeconds) {
    return AwsFail(403, "AccessDenied", "Invalid date (should be seconds since epoch): {}",
                   expires);
  }
  claim.expires = seconds * kNanosPerSecond;
  claim.session_token = ValueOf(http.query, "x-amz-security-token");
  if (claim.session_token.empty()) {
    claim.session_token = ValueOf(http.headers, "x-amz-security-token");
  }
  return claim;
}

std::unexpected<AwsError> NoField(const char* name) {
  auto failure = AwsFail(400, "InvalidArgument",
                         "Bucket POST must contain a field named '{}'.  If it is specified, please "
                         "check the order of the fields.",
                         name);
  failure.error().details = {{"ArgumentName", name}, {"ArgumentValue", ""}};
  return failure;
}

AwsResult<SignatureClaim> OfFormV4(const std::map<std::string, std::string>& fields) {
  SignatureClaim claim{.form = SignatureForm::kV4Form};
  for (const char* name :
       {"policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}) {
    if (ValueOf(fields, name).empty()) return NoField(name);
  }
  const auto invalid = [](const char* name, std::string_view value, std::string_view why) {
    auto failure = AwsFail(400, "InvalidArgument", "{}", why);
    failure.error().details = {{"ArgumentName", name}, {"ArgumentValue", std::string(value)}};
    return failure;
  };
  if (fields.at("x-amz-algorithm") != net::kSigV4) {
    return invalid("x-amz-algorithm", fields.at("x-amz-algorithm"),
                   "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  const std::string& credential = fields.at("x-amz-credential");
  if (!TakeCredential(credential, claim)) {
    return invalid("x-amz-credential", credential,
                   "the Credential is mal-formed; expecting "
                   "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"");
  }
  claim.time = fields.at("x-amz-date");
  const auto time = net::ParseAmzTime(claim.time);
  if (!time || claim.scope.day != claim.time.substr(0, 8)) {
    return invalid("x-amz-date", claim.time,
                   "X-Amz-Date must be formatted via ISO8601 Long format, on the day of the "
                   "Credential");
  }
  claim.signed_at = *time;
  claim.signature = fields.at("x-amz-signature");
  return claim;
}

AwsResult<SignatureClaim> OfFormV2(const std::map<std::string, std::string>& fields) {
  SignatureClaim claim{.form = SignatureForm::kV2Form};
  for (const char* name : {"policy", "awsaccesskeyid", "signature"}) {
    if (ValueOf(fields, name).empty()) return NoField(name);
  }
  claim.access_key = fields.at("awsaccesskeyid");
  claim.signature = fields.at("signature");
  return claim;
}

}  // namespace

AwsResult<SignatureClaim> ClaimOf(const net::HttpRequest& http) {
  const std::string* header = Find(http.headers, "authorization");
  const bool v4_query = http.query.contains("X-Amz-Algorithm") ||
                        http.query.contains("X-Amz-Signature") ||
                        http.query.contains("X-Amz-Credential");
  const bool v2_query = http.query.contains("AWSAccessKeyId") || http.query.contains("Signature");
  if ((header != nullptr) + v4_query + v2_query > 1) {
    return AwsFail(400, "InvalidArgument",
                   "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                   "Signature query string parameter or the Authorization header should be "
                   "specified");
  }
  if (v4_query) return OfQueryV4(http);
  if (v2_query) return OfQueryV2(http);
  if (header == nullptr) return SignatureClaim{};
  const std::string_view text = *header;
  const std::string_view kind = text.substr(0, text.find(' '));
  const std::string_view rest = text.substr(std::min(kind.size() + 1, text.size()));
  if (kind == net::kSigV4) return OfHeaderV4(http, rest);
  if (kind == "AWS") return OfHeaderV2(http, rest);
  return AwsFail(400, "InvalidArgument", "Unsupported Authorization Type: {}", kind);
}

AwsResult<SignatureClaim> FormClaimOf(const std::map<std::string, std::string>& fields) {
  const auto has = [&fields](const char* name) { return fields.contains(name); };
  const bool v4 = has("x-amz-signature") || has("x-amz-credential") || has("x-amz-algorithm");
  const bool v2 = has("signature") || has("awsaccesskeyid") || has("policy");
  if (!v4 && !v2) return SignatureClaim{};
  auto claim = v4 ? OfFormV4(fields) : OfFormV2(fields);
  if (claim) claim->session_token = ValueOf(fields, "x-amz-security-token");
  return claim;
}

}  // namespace ticklake::aws
