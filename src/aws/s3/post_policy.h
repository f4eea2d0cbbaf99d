// The policy of a browser's form: what its fields and its file must be.
//
// Source: S3 User Guide, "Creating an HTML form (using AWS signature version 4)". Threading: pure
// functions. Does not: check the form's signature, which is the authenticator's (aws/service.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "base/clock.h"

namespace ticklake::aws::s3 {

struct PostPolicy {
  struct Condition {
    std::string field;  ///< in lower case
    std::string value;
    bool prefix = false;  ///< else equal
  };

  Nanos expiration = 0;
  std::vector<Condition> conditions;
  uint64_t min_size = 0;
  uint64_t max_size = UINT64_MAX;

  /// `text` is base64 of JSON. InvalidPolicyDocument.
  static AwsResult<PostPolicy> Parse(std::string_view text);

  /// AccessDenied for what the policy does not allow, also for a field it does not name.
  AwsResult<void> Check(const std::map<std::string, std::string>& fields, Nanos now) const;
};

}  // namespace ticklake::aws::s3
