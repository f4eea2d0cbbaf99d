// What all operations share that read one object.
#pragma once

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

/// If-Match … of a read: 412, or 304 with the fields that it needs.
AwsResult<void> CheckConditions(Call& call, const store::Object& object);

/// The error of a read of the call's key.
AwsError ReadError(const Call& call, const Error& error);

}  // namespace ticklake::aws::s3
