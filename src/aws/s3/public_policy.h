// Which bucket policies S3 calls public: those that let anybody do something.
//
// Threading: pure functions. Source: S3 User Guide, "Blocking public access", "The meaning of
// public". Does not: decide about requests: policies are kept and not enforced here (docs/s3.md).
#pragma once

#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

/// A statement allows it to everybody, and no condition with fixed values narrows that to known
/// networks, accounts or resources. False for what is no policy.
bool IsPublicPolicy(std::string_view policy);

/// AccessDenied for a public one where the bucket blocks them (BlockPublicPolicy).
AwsResult<void> CheckPublicPolicy(const Call& call, std::string_view policy);

}  // namespace ticklake::aws::s3
