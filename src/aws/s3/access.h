// Access: what a caller's key lets it do (Caller::read_only and Caller::scope).
//
// A scope "bucket/prefix" holds the key `prefix` itself and all below `prefix/`. Threading: pure
// functions. Errors: AccessDenied, which says which bound was met. Does not: know policies or ACLs.
#pragma once

#include <string_view>

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

/// Whether the call's operation may be done at all, on its bucket and key.
AwsResult<void> CheckAccess(const Call& call);

/// Whether the caller may touch this object: also for copy sources, and keys named in a body.
AwsResult<void> CheckObjectAccess(const Caller& caller, std::string_view bucket,
                                  std::string_view key);

/// Whether the caller may see that there is this bucket.
bool MaySeeBucket(const Caller& caller, std::string_view bucket);

}  // namespace ticklake::aws::s3
