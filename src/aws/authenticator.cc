#include "aws/authenticator.h"

#include <algorithm>

#include "aws/aws_try.h"
#include "aws/host_check.h"
#include "aws/sessions.h"
#include "base/bytes.h"
#include "net/sigv2.h"

namespace ticklake::aws {

// The key that signed: one of the ring's, or that of a session.
struct Authenticator::Signer {
  Caller caller;
  std::optional<net::HmacSha256Key> v4;
  std::optional<net::HmacSha1Key> v2;
  bool is_session = false;
};

namespace {

constexpr Nanos kSkew = 900 * kNanosPerSecond;
constexpr size_t kMaxSigningKeys = 1000;

std::string_view Field(const net::HttpRequest& http, const std::string& name) {
  const auto field = http.headers.find(name);
  return field == http.headers.end() ? std::string_view() : field->second;
}

// What a browser asks before a request: it bears no signature.
bool IsPreflight(const net::HttpRequest& http, const AskedService& service) {
  return http.method == "OPTIONS" && service.name == "s3" &&
         http.headers.contains("access-control-request-method");
}

// What a browser sends of itself: its form says who signed it.
bool IsForm(const net::HttpRequest& http, const AskedService& service) {
  return http.method == "POST" && service.name == "s3" && http.query.empty() &&
         Field(http, "content-type").starts_with("multipart/form-data");
}

bool IsHexDigest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

struct Target {
  std::string_view path;
  std::string_view query;
};

// Without scheme and host, which a proxy's client may send.
Target TargetOf(const net::HttpRequest& http) {
  std::string_view whole = http.target;
  if (!whole.starts_with('/')) {
    const size_t scheme = whole.find("://");
    const size_t slash = scheme == whole.npos ? whole.npos : whole.find('/', scheme + 3);
    whole = slash == whole.npos ? "/" : whole.substr(slash);
  }
  const size_t mark = std::min(whole.find('?'), whole.size());
  return {whole.substr(0, mark), whole.substr(std::min(mark + 1, whole.size()))};
}

AwsResult<BodyClaim> BodyOf(std::string_view hash) {
  using Form = BodyClaim::Form;
  if (hash.empty() || hash == net::kUnsignedPayload) return BodyClaim{};
  if (hash == net::kStreamingPayload) return BodyClaim{.form = Form::kSignedChunks};
  if (hash == net::kStreamingPayloadTrailer) {
    return BodyClaim{.form = Form::kSignedChunks, .has_trailers = true};
  }
  if (hash == net::kStreamingUnsignedTrailer) {
    return BodyClaim{.form = Form::kUnsignedChunks, .has_trailers = true};
  }
  if (IsHexDigest(hash)) return BodyClaim{.form = Form::kDigest, .digest = std::string(hash)};
  return AwsFail(
      400, "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
      "or a valid sha256 value.");
}

Caller CallerOf(const AccessKey& key) {
  return {.access_key = key.id,
          .arn = fmt::format("arn:aws:iam::{}:user/{}", kAccount,
                             key.spec.name.empty() ? key.id : key.spec.name),
          .user_id = "AIDA" + key.id.substr(std::min<size_t>(4, key.id.size())),
          .read_only = key.spec.read_only,
          .scope = key.spec.scope};
}

// Each field that says what the request means must be signed.
AwsResult<void> CheckSignedNames(const net::HttpRequest& http, const SignatureClaim& claim) {
  const auto is_signed = [&claim](const std::string& name) {
    return std::ranges::binary_search(claim.signed_names, name);
  };
  std::string missing;
  if (!is_signed("host")) missing = "host";
  for (const auto& [name, value] : http.headers) {
    // A session's token is bound to its key by itself.
    if (!name.starts_with("x-amz-") || name == "x-amz-security-token" || is_signed(name)) continue;
    missing += (missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return {};
  auto failure =
      AwsFail(403, "AccessDenied",
              "There were headers present in the request which were not signed: {}", missing);
  failure.error().details["HeadersNotSigned"] = missing;
  return failure;
}

std::unexpected<AwsError> Mismatch(const SignatureClaim& claim, const std::string& to_sign) {
  auto failure = AwsFail(
      403, "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your "
      "key and signing method.");
  failure.error().details = {{"AWSAccessKeyId", claim.access_key},
                             {"StringToSign", to_sign},
                             {"StringToSignBytes", Hex(to_sign)},
                             {"SignatureProvided", claim.signature}};
  return failure;
}

AwsResult<void> CheckV2(const net::HttpRequest& http, std::string_view bucket,
                        const SignatureClaim& claim, const net::HmacSha1Key& key) {
  std::map<std::string, std::string> headers = http.headers;
  std::string expires;
  if (claim.form == SignatureForm::kV2Query) {
    expires = http.query.at("Expires");
    // A presigned URL has in its query what was a field when it was signed.
    for (const auto& [name, value] : http.query) {
      if (name.starts_with("x-amz-")) headers[name] = value;
    }
  }
  const Target target = TargetOf(http);
  const auto to_sign = [&](std::string_view path) {
    return net::SigV2StringToSign({.method = http.method,
                                   .path = path,
                                   .query = target.query,
                                   .bucket = bucket,
                                   .headers = &headers,
                                   .expires = expires});
  };
  const auto signs = [&](const std::string& text) {
    return net::SameBytes(net::SigV2Signature(key, text), claim.signature);
  };
  if (signs(to_sign(target.path))) return {};
  // A bucket by its path, "/bucket", is signed as the same bucket by its host: "/bucket/".
  const bool is_bucket = bucket.empty() && target.path.rfind('/') == 0 && target.path.size() > 1;
  if (is_bucket && signs(to_sign(fmt::format("{}/", target.path)))) return {};
  return Mismatch(claim, to_sign(target.path));
}

}  // namespace

net::HmacSha256Key Authenticator::SessionKey() const {
  if (options_.keys == nullptr) return own_sessions_;
  const auto ring = options_.keys->Keys();
  return ring && *ring != nullptr ? (*ring)->sessions : own_sessions_;
}

AwsResult<Authenticated> Authenticator::Open(const net::HttpRequest& http,
                                             const AskedService& service) const {
  AWS_TRY(CheckHost(http));
  if (IsForeignOrigin(http) && !IsPreflight(http, service) &&
      (!options_.cors_allows || !options_.cors_allows(http))) {
    return AwsFail(403, "AccessDenied",
                   "Access Denied: a page of {} may not do this: no CORS rule of the bucket allows "
                   "it, and requests are let in without keys",
                   http.headers.at("origin"));
  }
  Authenticated result;
  result.caller = {.arn = fmt::format("arn:aws:iam::{}:root", kAccount), .user_id = kAccount};
  if (const auto claim = ClaimOf(http)) {
    result.caller.access_key = claim->access_key;
    if (!claim->scope.region.empty()) result.region = claim->scope.region;
    // A session given out here ends when it said it would.
    const auto session =
        OpenSession(own_sessions_, claim->session_token, claim->access_key, options_.clock->Now());
    if (session) {
      result.caller.arn = session->arn;
      result.caller.user_id = session->user_id;
    } else if (session.error().code == "ExpiredToken") {
      return std::unexpected(session.error());
    }
  }
  if (service.name == "s3") {
    AWS_ASSIGN(result.body, BodyOf(Field(http, "x-amz-content-sha256")));
  }
  return result;
}

AwsResult<Authenticator::Signer> Authenticator::SignerOf(const SignatureClaim& claim,
                                                         const KeyRing& ring) const {
  const auto unknown = [](std::string_view id) {
    auto failure = AwsFail(403, "InvalidAccessKeyId",
                           "The AWS Access Key Id you provided does not exist in our records: {}; "
                           "`ticklake keys list` shows the ones there are",
                           id);
    failure.error().details["AWSAccessKeyId"] = id;
    return failure;
  };
  if (claim.session_token.empty()) {
    const AccessKey* key = ring.Find(claim.access_key);
    if (key == nullptr) return unknown(claim.access_key);
    return Signer{.caller = CallerOf(*key), .v4 = key->v4, .v2 = key->v2};
  }
  AWS_ASSIGN(const Session session, OpenSession(ring.sessions, claim.session_token,
                                                claim.access_key, options_.clock->Now()));
  const AccessKey* parent = ring.Find(session.parent);
  if (parent == nullptr) return unknown(session.parent);
  const std::string secret = MakeSession(ring.sessions, session).secret;
  Signer signer{.caller = CallerOf(*parent),
                .v4 = net::SecretKey(secret),
                .v2 = net::HmacSha1Key(secret),
                .is_session = true};
  signer.caller.access_key = session.access_key;
  signer.caller.arn = session.arn;
  signer.caller.user_id = session.user_id;
  return signer;
}

AwsResult<void> Authenticator::CheckTime(const SignatureClaim& claim) const {
  const Nanos now = options_.clock->Now();
  const auto denied = [&](const char* why) {
    auto failure = AwsFail(403, "AccessDenied", "{}", why);
    failure.error().details = {{"Expires", FormatUtc(claim.expires.value_or(0))},
                               {"ServerTime", FormatUtc(now)}};
    return failure;
  };
  if (claim.expires) {
    if (now >= *claim.expires) return denied("Request has expired");
    if (claim.signed_at > now + kSkew) return denied("Request is not yet valid");
    return {};
  }
  if (claim.signed_at >= now - kSkew && claim.signed_at <= now + kSkew) return {};
  auto failure =
      AwsFail(403, "RequestTimeTooSkewed",
              "The difference between the request time and the current time is too large.");
  failure.error().details = {
      {"RequestTime", FormatUtc(claim.signed_at)},
      {"ServerTime", FormatUtc(now)},
      {"MaxAllowedSkewMilliseconds", std::to_string(kSkew / kNanosPerMilli)}};
  return failure;
}

net::HmacSha256Key Authenticator::SigningKey(const Signer& signer, const net::SigningScope& scope) {
  const std::string name = fmt::format("{}/{}", signer.caller.access_key, scope.ToString());
  {
    const std::lock_guard lock(mutex_);
    const auto known = signing_keys_.find(name);
    if (known != signing_keys_.end()) return known->second;
  }
  return net::DeriveSigningKey(*signer.v4, scope);
}

// Only what a right signature was made with, so that nobody else can fill the memory.
void Authenticator::Remember(const std::string& name, const net::HmacSha256Key& key) {
  const std::lock_guard lock(mutex_);
  if (signing_keys_.size() >= kMaxSigningKeys) signing_keys_.clear();
  signing_keys_.emplace(name, key);
}

AwsResult<void> Authenticator::CheckV4(const net::HttpRequest& http, const AskedService& service,
                                       const SignatureClaim& claim, const Signer& signer,
                                       BodyClaim& body) {
  const bool is_s3 = claim.scope.service == "s3";
  if (!service.name.empty() && claim.scope.service != service.name) {
    return AwsFail(
        400, claim.expires ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
        "The authorization is malformed; incorrect service \"{}\". This endpoint belongs "
        "to \"{}\".",
        claim.scope.service, service.name);
  }
  AWS_TRY(CheckSignedNames(http, claim));
  std::string hash(Field(http, "x-amz-content-sha256"));
  if (claim.form == SignatureForm::kV4Query) {
    const auto in_query = http.query.find("X-Amz-Content-Sha256");
    if (in_query != http.query.end()) hash = in_query->second;
    if (hash.empty() && is_s3) hash = net::kUnsignedPayload;
  }
  if (hash.empty() && is_s3) {
    auto failure = AwsFail(400, "InvalidRequest",
                           "Missing required header for this request: x-amz-content-sha256");
    failure.error().details["MissingHeaderName"] = "x-amz-content-sha256";
    return failure;
  }
  if (is_s3) {
    AWS_ASSIGN(body, BodyOf(hash));
  } else if (service.digest) {
    hash = *service.digest;
  }
  const Target target = TargetOf(http);
  const std::string canonical = net::CanonicalRequest({.method = http.method,
                                                       .path = target.path,
                                                       .query = target.query,
                                                       .headers = &http.headers,
                                                       .payload_hash = hash},
                                                      claim.signed_names, is_s3);
  const std::string scope = claim.scope.ToString();
  const std::string canonical_hash = net::Sha256Hex(canonical);
  const std::string to_sign =
      net::StringToSign{.time = claim.time, .scope = scope, .rest = canonical_hash}.ToString();
  const net::HmacSha256Key key = SigningKey(signer, claim.scope);
  if (!net::SameBytes(net::Signature(key, to_sign), claim.signature)) {
    auto failure = Mismatch(claim, to_sign);
    failure.error().details["CanonicalRequest"] = canonical;
    failure.error().details["CanonicalRequestBytes"] = Hex(canonical);
    return failure;
  }
  if (!signer.is_session) Remember(fmt::format("{}/{}", claim.access_key, scope), key);
  if (body.form == BodyClaim::Form::kSignedChunks) {
    body.signatures.emplace(key, claim.time, scope, claim.signature);
  }
  return {};
}

AwsResult<std::shared_ptr<const KeyRing>> Authenticator::Ring() const {
  if (options_.keys == nullptr) return nullptr;
  auto keys = options_.keys->Keys();
  if (keys) return std::move(*keys);
  return AwsFail(503, "ServiceUnavailable", "access keys cannot be read: {}", keys.error().message);
}

AwsResult<Caller> Authenticator::CallerOfForm(const std::map<std::string, std::string>& fields) {
  AWS_ASSIGN(const SignatureClaim claim, FormClaimOf(fields));
  AWS_ASSIGN(const std::shared_ptr<const KeyRing> ring, Ring());
  if (claim.form == SignatureForm::kNone || ring == nullptr) {
    return AwsFail(403, "AccessDenied",
                   "Access Denied: the form is not signed; give it the fields of boto3's "
                   "generate_presigned_post, with a key of `ticklake keys create`");
  }
  AWS_ASSIGN(Signer signer, SignerOf(claim, *ring));
  const std::string& policy = fields.at("policy");
  std::string signature;
  if (claim.form == SignatureForm::kV2Form) {
    signature = net::SigV2Signature(*signer.v2, policy);
  } else if (claim.scope.service == "s3") {
    signature = net::Signature(SigningKey(signer, claim.scope), policy);
  }
  if (signature.empty() || !net::SameBytes(signature, claim.signature)) {
    return Mismatch(claim, policy);
  }
  return std::move(signer.caller);
}

AwsResult<Authenticated> Authenticator::Check(const net::HttpRequest& http,
                                              const AskedService& service) {
  AWS_ASSIGN(const std::shared_ptr<const KeyRing> ring, Ring());
  if (ring == nullptr && !options_.keys_required) return Open(http, service);
  AWS_ASSIGN(const SignatureClaim claim, ClaimOf(http));
  if (claim.form == SignatureForm::kNone && IsPreflight(http, service)) return Authenticated{};
  if (claim.form == SignatureForm::kNone && IsForm(http, service)) {
    return Authenticated{.caller = {}, .body = {}, .by_form = true};
  }
  if (claim.form == SignatureForm::kNone || ring == nullptr) {
    return AwsFail(403, "AccessDenied",
                   "Access Denied: the request is not signed; set AWS_ACCESS_KEY_ID and "
                   "AWS_SECRET_ACCESS_KEY to a key of `ticklake keys create`");
  }
  AWS_TRY(CheckTime(claim));
  AWS_ASSIGN(Signer signer, SignerOf(claim, *ring));
  Authenticated result;
  const bool is_v2 =
      claim.form == SignatureForm::kV2Header || claim.form == SignatureForm::kV2Query;
  if (is_v2) {
    if (service.name != "s3") {
      return AwsFail(400, "AuthorizationHeaderMalformed",
                     "Signatures of version 2 are for S3 only; use version 4");
    }
    AWS_TRY(CheckV2(http, service.bucket, claim, *signer.v2));
    AWS_ASSIGN(result.body, BodyOf(Field(http, "x-amz-content-sha256")));
    if (result.body.form == BodyClaim::Form::kSignedChunks) {
      return AwsFail(400, "InvalidRequest",
                     "Chunks with signatures need a request that is signed by version 4");
    }
  } else {
    AWS_TRY(CheckV4(http, service, claim, signer, result.body));
    result.region = claim.scope.region;
  }
  result.caller = std::move(signer.caller);
  return result;
}

}  // namespace ticklake::aws
