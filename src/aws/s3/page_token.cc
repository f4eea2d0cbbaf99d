#include "aws/s3/page_token.h"

#include "base/base64.h"

namespace ticklake::aws::s3 {

namespace {
constexpr char kVersion = '1';  // of the token's form
}  // namespace

std::string PageToken(std::string_view last) { return Base64(kVersion + std::string(last)); }

AwsResult<std::string> FromPageToken(const std::optional<std::string>& token) {
  if (!token || token->empty()) return "";
  const auto text = FromBase64(*token);
  if (!text || text->size() < 2 || text->front() != kVersion) {
    auto failure = AwsFail(400, "InvalidArgument",
                           "The continuation token provided is incorrect: it was not given out "
                           "here; begin the list again");
    failure.error().details = {{"ArgumentName", "continuation-token"}, {"ArgumentValue", *token}};
    return failure;
  }
  return text->substr(1);
}

}  // namespace ticklake::aws::s3
