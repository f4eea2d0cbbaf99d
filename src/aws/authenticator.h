// Authenticator: who sent a request, and what its body must be, by its signature.
//
// While there is no file of keys, any is good, and signatures are not looked at: then only what was
// meant for this machine is let in, see aws/host_check.h. Threading: any thread. Invariants: a
// request is accepted only if a key that is there now signed its method, path, query, host and
// x-amz-* headers, now (15 minutes either way, or until a presigned URL expires); signatures are
// compared in constant time. Does not: say what a caller may do. Errors are S3's; aws/auth_errors.h
// has them in the words of the other services.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/keys.h"
#include "aws/service.h"
#include "aws/signature_claim.h"
#include "base/clock.h"

namespace ticklake::aws {

struct AuthenticatorOptions {
  KeyStore* keys = nullptr;  ///< none: any key is good
  const Clock* clock = nullptr;
  bool keys_required = false;  ///< without keys nobody is let in
  /// Whether a page of another place may send this, by the rules of its bucket; none: never.
  std::function<bool(const net::HttpRequest&)> cors_allows;
};

/// Which bytes a request has signed.
struct BodyClaim {
  enum class Form { kAsItIs, kDigest, kSignedChunks, kUnsignedChunks } form = Form::kAsItIs;
  std::string digest;         ///< of kDigest
  bool has_trailers = false;  ///< of chunks
  /// Of kSignedChunks; none where signatures are not looked at.
  std::optional<net::ChunkSignatures> signatures;
};

struct Authenticated {
  Caller caller;
  std::string region = kRegion;
  BodyClaim body;
  bool by_form = false;  ///< it says itself, in a form that is its body; ask CallerOfForm
};

/// What a request is asked for.
struct AskedService {
  std::string_view name;              ///< of the signature's scope: "s3"; "" for any
  std::optional<std::string> digest;  ///< of the body, where it was read before
  std::string_view bucket = {};       ///< that the host names, for signatures of version 2
};

class Authenticator : public FormSigner {
 public:
  /// What the options point to outlives it.
  explicit Authenticator(AuthenticatorOptions options) : options_(std::move(options)) {}

  AwsResult<Authenticated> Check(const net::HttpRequest& http, const AskedService& service);
  /// Of a form whose policy is signed; its conditions, and how long it holds, are not looked at.
  AwsResult<Caller> CallerOfForm(const std::map<std::string, std::string>& fields) override;

  /// The key that makes session tokens: the ring's, or this process's own.
  net::HmacSha256Key SessionKey() const;

 private:
  struct Signer;

  AwsResult<std::shared_ptr<const KeyRing>> Ring() const;
  AwsResult<Authenticated> Open(const net::HttpRequest& http, const AskedService& service) const;
  AwsResult<Signer> SignerOf(const SignatureClaim& claim, const KeyRing& ring) const;
  AwsResult<void> CheckTime(const SignatureClaim& claim) const;
  AwsResult<void> CheckV4(const net::HttpRequest& http, const AskedService& service,
                          const SignatureClaim& claim, const Signer& signer, BodyClaim& body);
  net::HmacSha256Key SigningKey(const Signer& signer, const net::SigningScope& scope);
  void Remember(const std::string& name, const net::HmacSha256Key& key);

  const AuthenticatorOptions options_;
  const net::HmacSha256Key own_sessions_{NewSecret()};
  std::mutex mutex_;
  std::map<std::string, net::HmacSha256Key> signing_keys_;  // by key and scope
};

}  // namespace ticklake::aws
