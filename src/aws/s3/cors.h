// CORS: a bucket's rules, and what they say to a browser.
//
// Threading: pure functions. Source: S3 API, PutBucketCors; the Fetch standard for the fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/aws_error.h"
#include "aws/s3/call.h"

namespace ticklake::aws::s3 {

struct CorsRule {
  std::vector<std::string> origins;  ///< with at most one '*' each
  std::vector<std::string> methods;
  std::vector<std::string> headers;  ///< as origins
  std::vector<std::string> expose;
  std::optional<uint64_t> max_age;  ///< seconds
};

/// MalformedXML or InvalidRequest for what is no CORSConfiguration.
AwsResult<std::vector<CorsRule>> ParseCors(std::string_view xml);

struct CorsQuestion {
  std::string origin;
  std::string method;
  std::vector<std::string> headers;
};

/// The first rule that allows it; nullptr for none.
const CorsRule* FindRule(const std::vector<CorsRule>& rules, const CorsQuestion& question);

/// Adds the fields that let a script of another origin read the answer, if a rule allows it.
void AddCorsFields(Call& call);

}  // namespace ticklake::aws::s3
