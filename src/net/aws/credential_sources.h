// The single places that credentials come from. For credentials.cc only.
//
// Each gives nothing where it is not configured, and an error where it is and fails. Threading: one
// call at a time.
#pragma once

#include <optional>
#include <string>

#include "net/aws/credentials.h"

namespace ticklake::net {

using MaybeCredentials = Result<std::optional<AwsCredentials>>;

MaybeCredentials FromVariables(const CredentialParts& parts);
/// The profile that AWS_PROFILE names, or "default".
MaybeCredentials FromProfile(const CredentialParts& parts);
MaybeCredentials FromWebIdentity(const CredentialParts& parts);
/// ECS and EKS: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI.
MaybeCredentials FromContainer(const CredentialParts& parts);
/// EC2, its metadata service of version 2.
MaybeCredentials FromInstance(const CredentialParts& parts);

/// The JSON of a process or an endpoint; `token` is the name of its session token. `place` is for
/// messages, which hold nothing of the text.
Result<AwsCredentials> CredentialsFromJson(std::string_view text, const char* token,
                                           const std::string& place);

/// What the file holds, without blanks around it.
Result<std::string> ReadTokenFile(const CredentialParts& parts, const std::string& path);

}  // namespace ticklake::net
