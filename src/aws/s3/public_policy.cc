#include "aws/s3/public_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include <boost/json.hpp>

#include "aws/s3/xml_reader.h"
#include "base/ascii.h"

namespace ticklake::aws::s3 {
namespace {

namespace json = boost::json;

// What a condition compares so that only somebody known is meant; in lower case, as IAM folds them.
constexpr std::array kNarrowing = {"aws:sourceip",
                                   "aws:sourcearn",
                                   "aws:sourcevpc",
                                   "aws:sourcevpce",
                                   "aws:sourceaccount",
                                   "aws:sourceowner",
                                   "aws:principalorgid",
                                   "aws:principalorgpaths",
                                   "aws:principalarn",
                                   "aws:principalaccount",
                                   "aws:userid",
                                   "s3:dataaccesspointarn",
                                   "s3:dataaccesspointaccount"};
constexpr std::array kComparing = {
    "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"};

// One or several.
template <class Test>
bool AllTexts(const json::value& value, const Test& test) {
  if (value.is_string()) return test(std::string_view(value.get_string()));
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(), [&](const json::value& one) {
           return one.is_string() && test(std::string_view(one.get_string()));
         });
}

bool IsEverybody(const json::value& principal) {
  const auto any = [](const json::value& value) {
    return !AllTexts(value, [](std::string_view text) { return text != "*"; });
  };
  if (principal.is_object()) {
    const json::value* const aws = principal.get_object().if_contains("AWS");
    return aws != nullptr && any(*aws);
  }
  return any(principal);
}

// A fixed value: without wildcards or variables, and no network of half the world.
bool IsFixed(std::string_view text) {
  return text.find_first_of("*?$") == std::string_view::npos && !text.ends_with("/0") &&
         !text.ends_with("/1");
}

bool Narrows(const json::value& condition) {
  if (!condition.is_object()) return false;
  for (const auto& [name, comparison] : condition.get_object()) {
    const std::string operation = AsciiLower(std::string_view(name));
    if (std::ranges::find(kComparing, operation) == kComparing.end() || !comparison.is_object()) {
      continue;
    }
    for (const auto& [key, values] : comparison.get_object()) {
      const std::string of = AsciiLower(std::string_view(key));
      if (std::ranges::find(kNarrowing, of) != kNarrowing.end() && AllTexts(values, IsFixed)) {
        return true;
      }
    }
  }
  return false;
}

bool IsPublicStatement(const json::value& value) {
  if (!value.is_object()) return false;
  const json::object& statement = value.get_object();
  const json::value* const effect = statement.if_contains("Effect");
  if (effect == nullptr || !effect->is_string() || effect->get_string() != "Allow") return false;
  const json::value* const principal = statement.if_contains("Principal");
  const bool everybody =
      principal != nullptr ? IsEverybody(*principal) : statement.contains("NotPrincipal");
  if (!everybody) return false;
  const json::value* const condition = statement.if_contains("Condition");
  return condition == nullptr || !Narrows(*condition);
}

}  // namespace

bool IsPublicPolicy(std::string_view policy) {
  boost::system::error_code error;
  const json::value document = json::parse(policy, error);
  if (error || !document.is_object()) return false;
  const json::value* const statements = document.get_object().if_contains("Statement");
  if (statements == nullptr) return false;
  if (statements->is_array()) {
    return std::ranges::any_of(statements->get_array(), IsPublicStatement);
  }
  return IsPublicStatement(*statements);
}

AwsResult<void> CheckPublicPolicy(const Call& call, std::string_view policy) {
  const auto block = call.about.facts.find("publicAccessBlock");
  if (block == call.about.facts.end() || !IsPublicPolicy(policy)) return {};
  const auto document = XmlRequest::Parse(block->second, "PublicAccessBlockConfiguration");
  if (!document || ChildText(document->root(), "BlockPublicPolicy") != "true") return {};
  return AwsFail(403, "AccessDenied",
                 "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: "
                 "\"arn:aws:s3:::{}\" because public policies are blocked by the "
                 "BlockPublicPolicy block public access setting.",
                 call.request.caller.arn, call.bucket);
}

}  // namespace ticklake::aws::s3
