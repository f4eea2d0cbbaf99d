#include "aws/glue/tag_key.h"

#include <vector>

#include "aws/glue/members.h"
#include "base/ascii.h"

namespace ticklake::aws::glue {
namespace {

std::vector<std::string> Split(std::string_view text, char at, size_t most) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < most && text.contains(at)) {
    parts.emplace_back(text.substr(0, text.find(at)));
    text.remove_prefix(text.find(at) + 1);
  }
  parts.emplace_back(text);
  return parts;
}

}  // namespace

AwsResult<catalog::FactKey> TagKey(std::string_view arn) {
  // arn:aws:glue:REGION:ACCOUNT:KIND/NAME
  const auto parts = Split(arn, ':', 6);
  if (parts.size() < 6 || parts[0] != "arn" || parts[2] != "glue" || parts[5].empty()) {
    return AwsFail(400, "InvalidInputException",
                   "'{}': is no ARN of Glue, arn:aws:glue:REGION:ACCOUNT:KIND/NAME", arn);
  }
  const auto resource = Split(parts[5], '/', 3);
  catalog::FactKey key{"tags", "", "", AsciiLower(parts[5])};
  if (resource.size() > 1 && (resource[0] == "database" || resource[0] == "table")) {
    key.database = AsciiLower(resource[1]);
  } else {
    key.name = parts[5];
  }
  if (resource.size() > 2 && resource[0] == "table") key.table = AsciiLower(resource[2]);
  return key;
}

}  // namespace ticklake::aws::glue
