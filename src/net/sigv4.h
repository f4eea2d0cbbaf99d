// SigV4: AWS's Signature Version 4, as pure code: signing requests, and what checking them shares.
//
// A signature covers method, path, query, the headers that are named, and the payload's digest, in
// one canonical form. S3 takes the path as it is sent, but for its escapes; the other services
// resolve "." and ".." and escape it once more. Threading: plain values. Does not: send, judge
// (aws/), or know when a request is too old. Source: AWS General Reference, "Signing AWS API
// requests"; Amazon S3 API Reference, "Authenticating Requests".
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/digests.h"

namespace ticklake::net {

inline constexpr std::string_view kSigV4 = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingPayload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kStreamingPayloadTrailer =
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// What a signature is good for.
struct SigningScope {
  std::string day;  ///< "20260102", of the time below
  std::string region;
  std::string service;

  std::string ToString() const;  ///< "20260102/us-east-1/s3/aws4_request"
};

/// "20260102T030405Z", UTC.
std::string AmzTime(Nanos t);
/// kInvalid for anything else.
Result<Nanos> ParseAmzTime(std::string_view text);

/// The key that signs within a scope. `secret` is that of SecretKey.
HmacSha256Key DeriveSigningKey(const HmacSha256Key& secret, const SigningScope& scope);
/// The key of a secret, as version 4 uses it.
HmacSha256Key SecretKey(std::string_view secret);

/// A request as it is sent. The views outlive the call they are given to.
struct RequestToSign {
  std::string_view method;
  std::string_view path = "/";                        ///< escaped
  std::string_view query;                             ///< escaped, without '?'
  const std::map<std::string, std::string>* headers;  ///< names in lower case; with "host"
  std::string_view payload_hash;                      ///< Sha256Hex, or one of the words above
};

/// The canonical request. Fields whose names are in `signed_names` (in order) count; the query's
/// parameter X-Amz-Signature never does.
std::string CanonicalRequest(const RequestToSign& request,
                             std::span<const std::string> signed_names, bool is_s3);

/// What a signature is made of.
struct StringToSign {
  std::string_view algorithm = kSigV4;
  std::string_view time;   ///< AmzTime
  std::string_view scope;  ///< SigningScope::ToString
  std::string_view rest;   ///< the canonical request's Sha256Hex; or lines of a chunk

  std::string ToString() const;
};

/// In hexadecimal.
std::string Signature(const HmacSha256Key& key, std::string_view string_to_sign);

/// Who signs, when and for what.
struct SigningIdentity {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< "" for none
  std::string region;
  std::string service;
  Nanos now = 0;
};

/// The fields to add to a request, which sign it with all the headers that it has: authorization,
/// x-amz-date, x-amz-security-token, and, for S3, x-amz-content-sha256.
std::map<std::string, std::string> SignRequest(const RequestToSign& request,
                                               const SigningIdentity& who);

/// The whole query of a presigned request: the one it has and the signature, which holds from `now`
/// for 1 to 604,800 seconds. Its payload is not signed, for S3.
std::string PresignQuery(RequestToSign request, const SigningIdentity& who,
                         std::chrono::seconds holds);

/// The signatures of a payload that is sent in chunks: each is made on the one before.
class ChunkSignatures {
 public:
  /// `seed` is the signature of the request itself.
  ChunkSignatures(const HmacSha256Key& key, std::string time, std::string scope, std::string seed)
      : key_(key), time_(std::move(time)), scope_(std::move(scope)), last_(std::move(seed)) {}

  /// Of the next chunk, whose bytes have this digest; the last one is empty.
  const std::string& Next(const Sha256Bytes& digest);
  /// Of what follows the last chunk: "name:value\n" for each field.
  std::string OfTrailer(const Sha256Bytes& digest) const;

 private:
  std::string Sign(std::string_view algorithm, const std::string& rest) const;

  HmacSha256Key key_;
  std::string time_;
  std::string scope_;
  std::string last_;
};

/// The query in its canonical form: decoded, escaped, in order, without `without`.
std::string CanonicalQuery(std::string_view query, std::string_view without = {});
/// The path in its canonical form.
std::string CanonicalPath(std::string_view path, bool is_s3);

}  // namespace ticklake::net
