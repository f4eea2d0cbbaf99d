// What the door refuses, in the words of each kind of service: one table.
//
// Threading: pure functions. Source: the "common errors" of AWS's JSON and Query services.
#pragma once

#include "aws/aws_error.h"

namespace ticklake::aws {

enum class Wire { kS3, kJson, kQuery };

/// The error with code and status as clients of that wire know it.
AwsError InWordsOf(Wire wire, AwsError error);

}  // namespace ticklake::aws
