// Conditional requests as S3 has them: RFC 9110, section 13, and its copy-source forms.
//
// Threading: pure functions. A date that is none is ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/aws_error.h"
#include "base/clock.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::aws::s3 {

/// The four fields of a request, or of its copy source; an absent one is nullopt.
struct Conditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> if_modified_since;
  std::optional<std::string> if_unmodified_since;

  /// prefix: "" or "x-amz-copy-source-".
  static Conditions Of(const std::map<std::string, std::string>& headers, std::string_view prefix);
};

enum class Verdict { kGoOn, kNotModified, kFailed };

/// What RFC 9110, 13.2.2 says for GET and HEAD. `failed` is set to the name of the field, for
/// messages, where the verdict is kFailed.
Verdict Judge(const Conditions& conditions, const store::Object& object, std::string* failed);

/// True if a list such as `"a", W/"b", c` or `*` names the ETag; quotes may be missing, as S3
/// allows.
bool EtagListed(std::string_view list, std::string_view etag);

/// Without W/ and quotes.
std::string PlainEtag(std::string_view etag);

/// If-Match and If-None-Match of a write. NotImplemented for an If-None-Match other than "*", as
/// S3.
AwsResult<store::WriteCondition> WriteConditionOf(
    const std::map<std::string, std::string>& headers);

std::unexpected<AwsError> PreconditionFailed(std::string_view condition);

}  // namespace ticklake::aws::s3
