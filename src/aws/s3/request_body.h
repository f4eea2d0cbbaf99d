// The small bodies of requests (XML, JSON): read whole, within a limit, and checked.
#pragma once

#include <string>

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

/// All of a body of at most `limit` bytes, of which Content-MD5 and x-amz-checksum-* hold, where
/// they are given. BadDigest, InvalidDigest, EntityTooLarge.
AwsResult<std::string> ReadBody(Call& call, size_t limit);

/// As ReadBody, and one of them must be given: S3 wants it of what cannot be undone.
AwsResult<std::string> ReadCheckedBody(Call& call, size_t limit);

}  // namespace ticklake::aws::s3
