#include "aws/s3/post_policy.h"

#include <algorithm>
#include <array>
#include <set>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/base64.h"

namespace ticklake::aws::s3 {
namespace {

namespace json = boost::json;

std::unexpected<AwsError> Invalid(std::string_view why) {
  return AwsFail(400, "InvalidPolicyDocument",
                 "The content of the form does not meet the conditions specified in the policy "
                 "document: {}",
                 why);
}

std::unexpected<AwsError> Denied(std::string_view why) {
  return AwsFail(403, "AccessDenied", "Invalid according to Policy: {}", why);
}

std::optional<uint64_t> Size(const json::value& value) {
  if (value.is_int64() && value.as_int64() >= 0) return static_cast<uint64_t>(value.as_int64());
  if (value.is_uint64()) return value.as_uint64();
  return std::nullopt;
}

AwsResult<void> AddRule(const json::array& rule, PostPolicy& policy) {
  if (rule.size() != 3 || !rule[0].is_string()) return Invalid("a rule has three members");
  const std::string kind = AsciiLower(std::string_view(rule[0].as_string()));
  if (kind == "content-length-range") {
    const auto low = Size(rule[1]);
    const auto high = Size(rule[2]);
    if (!low || !high || *low > *high) return Invalid("content-length-range needs two sizes");
    policy.min_size = *low;
    policy.max_size = *high;
    return {};
  }
  if ((kind != "eq" && kind != "starts-with") || !rule[1].is_string() || !rule[2].is_string()) {
    return Invalid("a rule is eq, starts-with or content-length-range");
  }
  std::string_view field(rule[1].as_string());
  if (!field.starts_with('$')) return Invalid("the field of a rule begins with $");
  policy.conditions.push_back({.field = AsciiLower(field.substr(1)),
                               .value = std::string(std::string_view(rule[2].as_string())),
                               .prefix = kind == "starts-with"});
  return {};
}

AwsResult<void> AddCondition(const json::value& condition, PostPolicy& policy) {
  if (condition.is_array()) return AddRule(condition.as_array(), policy);
  if (!condition.is_object() || condition.as_object().empty()) {
    return Invalid("a condition is an object or a list");
  }
  for (const auto& [name, value] : condition.as_object()) {
    if (!value.is_string()) return Invalid("the value of a condition is a string");
    policy.conditions.push_back({.field = AsciiLower(std::string_view(name)),
                                 .value = std::string(std::string_view(value.as_string())),
                                 .prefix = false});
  }
  return {};
}

// Fields that no policy needs to name.
bool IsFree(std::string_view field) {
  constexpr std::array kFree = {"policy",          "signature", "awsaccesskeyid",
                                "x-amz-signature", "file",      "submit"};
  return std::ranges::find(kFree, field) != kFree.end() || field.starts_with("x-ignore-") ||
         field.starts_with("x-amz-checksum-");
}

}  // namespace

AwsResult<PostPolicy> PostPolicy::Parse(std::string_view text) {
  const auto bytes = FromBase64(text);
  if (!bytes) return Invalid("the policy is no base64");
  boost::system::error_code error;
  const json::value document = json::parse(*bytes, error);
  if (error || !document.is_object()) return Invalid("the policy is no JSON object");
  const json::object& object = document.as_object();
  const json::value* expiration = object.if_contains("expiration");
  const json::value* conditions = object.if_contains("conditions");
  if (expiration == nullptr || !expiration->is_string()) return Invalid("expiration is missing");
  if (conditions == nullptr || !conditions->is_array()) return Invalid("conditions are missing");
  PostPolicy policy;
  const auto when = ParseUtc(std::string_view(expiration->as_string()));
  if (!when || !std::string_view(expiration->as_string()).ends_with('Z')) {
    return Invalid("expiration is no time such as 2026-11-25T12:00:00Z");
  }
  policy.expiration = *when;
  for (const json::value& condition : conditions->as_array()) {
    if (auto added = AddCondition(condition, policy); !added) {
      return std::unexpected(added.error());
    }
  }
  return policy;
}

AwsResult<void> PostPolicy::Check(const std::map<std::string, std::string>& fields,
                                  Nanos now) const {
  if (now > expiration) return Denied("Policy expired.");
  std::set<std::string_view> named;
  for (const Condition& condition : conditions) {
    named.insert(condition.field);
    const auto it = fields.find(condition.field);
    const std::string_view value = it == fields.end() ? std::string_view() : it->second;
    const bool holds =
        condition.prefix ? value.starts_with(condition.value) : value == condition.value;
    if (!holds || (it == fields.end() && !condition.prefix)) {
      return Denied(fmt::format("Policy Condition failed: [\"{}\", \"${}\", \"{}\"]",
                                condition.prefix ? "starts-with" : "eq", condition.field,
                                condition.value));
    }
  }
  for (const auto& [name, value] : fields) {
    if (!IsFree(name) && !named.contains(name) && name != "bucket") {
      return Denied(fmt::format("Extra input fields: {}", name));
    }
  }
  return {};
}

}  // namespace ticklake::aws::s3
