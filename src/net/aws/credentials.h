// Credentials of AWS, found as AWS's own tools find them, and kept fresh.
//
// In this order: the AWS_ACCESS_KEY_ID variables; the profile (a role to assume, a web identity, a
// process to run, or keys); AWS_WEB_IDENTITY_TOKEN_FILE; a container's endpoint; the instance's
// metadata. The first that is configured is used; if it fails, that is the error: never quietly
// another identity. Threading: Get from any thread; one of them refreshes while the others wait.
// Invariants: no secret is in a log line or an error. Does not: SSO (its error says what to do).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "net/aws/aws_config.h"
#include "net/https_client.h"

namespace ticklake::net {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< "" for keys that do not expire
  Nanos expires = 0;          ///< 0: never
};

/// What finding credentials needs; all that is pointed to outlives the chain.
struct CredentialParts {
  Environment environment;
  const AwsConfig* config = nullptr;
  FileSystem* fs = nullptr;
  const Clock* clock = nullptr;
  HttpsClient* http = nullptr;   ///< to STS
  HttpsClient* local = nullptr;  ///< to the container's and the instance's endpoints: no proxy
};

class CredentialChain {
 public:
  explicit CredentialChain(CredentialParts parts) : parts_(std::move(parts)) {}
  CredentialChain(const CredentialChain&) = delete;
  CredentialChain& operator=(const CredentialChain&) = delete;

  /// Credentials that hold for some minutes yet. kAuth: there are none, or what should give them
  /// refused; kUnavailable: it cannot be reached.
  Result<AwsCredentials> Get();
  /// A service said that these have expired: the next Get asks anew.
  void Forget(const AwsCredentials& refused);

 private:
  const CredentialParts parts_;
  std::mutex mutex_;
  std::optional<AwsCredentials> known_;
  Nanos retry_at_ = 0;  // after a refresh that failed
};

}  // namespace ticklake::net
