// AWS STS, as far as finding credentials needs it. For net/aws only.
#pragma once

#include <string>

#include "net/aws/credential_sources.h"

namespace ticklake::net {

struct Role {
  std::string arn;
  std::string session = "ticklake";  ///< what the audit log calls it
  std::string external_id;           ///< "" for none
  std::string token_file;            ///< of a web identity
  int duration_seconds = 3600;
};

/// The role's credentials, asked for with those of `source`. kAuth: refused, with STS's reason.
Result<AwsCredentials> AssumeRole(const CredentialParts& parts, const Role& role,
                                  const AwsCredentials& source);

/// The same for who holds the token in role.token_file (OIDC), which is read at every call.
Result<AwsCredentials> AssumeRoleWithWebIdentity(const CredentialParts& parts, const Role& role);

}  // namespace ticklake::net
