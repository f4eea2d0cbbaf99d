#include "aws/s3/conditions.h"

#include "base/ascii.h"
#include "net/http_date.h"

namespace ticklake::aws::s3 {
namespace {

// True, false, or nothing to say of a date that is none.
std::optional<bool> ModifiedAfter(const store::Object& object,
                                  const std::optional<std::string>& date) {
  if (!date) return std::nullopt;
  const auto since = net::ParseHttpDate(*date);
  if (!since) return std::nullopt;
  return object.modified / kNanosPerSecond > *since / kNanosPerSecond;
}

}  // namespace

Conditions Conditions::Of(const std::map<std::string, std::string>& headers,
                          std::string_view prefix) {
  const auto get = [&](std::string_view name) -> std::optional<std::string> {
    const auto it = headers.find(std::string(prefix) + std::string(name));
    if (it == headers.end()) return std::nullopt;
    return it->second;
  };
  return {get("if-match"), get("if-none-match"), get("if-modified-since"),
          get("if-unmodified-since")};
}

std::string PlainEtag(std::string_view etag) {
  etag = Trimmed(etag);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  // One quote may be missing, as S3 takes it.
  if (etag.starts_with('"')) etag.remove_prefix(1);
  if (etag.ends_with('"')) etag.remove_suffix(1);
  return std::string(etag);
}

bool EtagListed(std::string_view list, std::string_view etag) {
  while (true) {
    const size_t comma = list.find(',');
    const std::string one = PlainEtag(list.substr(0, comma));
    if (one == "*" || one == etag) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

Verdict Judge(const Conditions& conditions, const store::Object& object, std::string* failed) {
  const auto fail = [&](std::string_view field) {
    if (failed != nullptr) *failed = field;
    return Verdict::kFailed;
  };
  if (conditions.if_match) {
    if (!EtagListed(*conditions.if_match, object.facts.etag)) return fail("If-Match");
  } else if (ModifiedAfter(object, conditions.if_unmodified_since) == true) {
    return fail("If-Unmodified-Since");
  }
  if (conditions.if_none_match) {
    if (EtagListed(*conditions.if_none_match, object.facts.etag)) return Verdict::kNotModified;
  } else if (ModifiedAfter(object, conditions.if_modified_since) == false) {
    return Verdict::kNotModified;
  }
  return Verdict::kGoOn;
}

AwsResult<store::WriteCondition> WriteConditionOf(
    const std::map<std::string, std::string>& headers) {
  const Conditions conditions = Conditions::Of(headers, "");
  store::WriteCondition condition;
  if (conditions.if_none_match) {
    if (Trimmed(*conditions.if_none_match) != "*") {
      return AwsFail(501, "NotImplemented",
                     "If-None-Match of a write takes only *: the object must not exist; it was {}",
                     *conditions.if_none_match);
    }
    condition.if_absent = true;
  }
  if (conditions.if_match) condition.if_match = PlainEtag(*conditions.if_match);
  return condition;
}

std::unexpected<AwsError> PreconditionFailed(std::string_view condition) {
  auto failure = AwsFail(412, "PreconditionFailed",
                         "At least one of the pre-conditions you specified did not hold");
  failure.error().details["Condition"] = std::string(condition);
  return failure;
}

}  // namespace ticklake::aws::s3
