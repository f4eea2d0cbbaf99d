// What all operations share that write one object under a condition.
#pragma once

#include "aws/aws_error.h"
#include "aws/s3/call.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

/// Refuses early what the store would refuse in the end, before a body is read.
AwsResult<void> CheckBefore(const Call& call, const store::WriteCondition& condition);

/// The error of a write of the call's key under a condition.
AwsError WriteError(const Call& call, const store::WriteCondition& condition, const Error& error);

/// Makes a payload the object of the call's key, by the call's header fields.
AwsResult<store::Object> WriteObject(Call& call, Payload& payload);

}  // namespace ticklake::aws::s3
