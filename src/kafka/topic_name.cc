#include "kafka/topic_name.h"

#include <algorithm>

namespace ticklake::kafka {
namespace {

bool IsLegal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Result<void> CheckTopicName(std::string_view name) {
  if (name.empty()) return Fail(Code::kInvalid, "topic name: empty; give it 1 to 249 characters");
  if (name.size() > kMaxTopicName) {
    return Fail(Code::kInvalid, "topic name '{}...': {} characters; at most {} are allowed",
                name.substr(0, 32), name.size(), kMaxTopicName);
  }
  if (name == "." || name == "..") {
    return Fail(Code::kInvalid, "topic name '{}': not allowed; choose another", name);
  }
  if (!std::ranges::all_of(name, IsLegal)) {
    return Fail(Code::kInvalid,
                "topic name '{}': only letters, digits, '.', '_' and '-' are allowed", name);
  }
  return {};
}

bool IsInternalTopic(std::string_view name) {
  return name == "__consumer_offsets" || name == "__transaction_state";
}

}  // namespace ticklake::kafka
