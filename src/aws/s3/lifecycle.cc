#include "aws/s3/lifecycle.h"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>

#include "aws/s3/tag_set.h"
#include "aws/s3/xml_reader.h"
#include "base/uuid.h"
#include "net/http_date.h"
#include "net/url.h"

namespace ticklake::aws::s3 {
namespace {

constexpr int64_t kMaxDays = 36'500'000;  // far beyond what Nanos can say is refused
constexpr size_t kMaxRules = 1000;
constexpr size_t kMaxId = 255;
constexpr size_t kMaxPrefix = 1024;
constexpr std::string_view kRoot = "LifecycleConfiguration";

// S3 counts days from the midnight after the moment.
std::optional<Nanos> MidnightAfter(Nanos moment, int64_t days) {
  const int64_t day = moment / kDay + days + 1;
  if (day >= INT64_MAX / kDay) return std::nullopt;  // never, as far as clocks go
  return day * kDay;
}

AwsResult<std::optional<int64_t>> DaysOf(pugi::xml_node action, std::string_view name,
                                         std::string_view of) {
  const auto text = ChildText(action, name);
  if (!text) return std::optional<int64_t>();
  const auto days = ParseNumber(*text);
  if (days && *days > 0 && *days <= kMaxDays) return static_cast<int64_t>(*days);
  return InvalidArgument(name, *text,
                         fmt::format("'{}' for {} action must be a positive integer", name, of));
}

AwsResult<std::optional<uint64_t>> SizeOf(pugi::xml_node filter, std::string_view name) {
  const auto text = ChildText(filter, name);
  if (!text) return std::optional<uint64_t>();
  const auto bytes = ParseNumber(*text);
  if (bytes) return *bytes;
  return MalformedXml(fmt::format("{} is no whole number", name));
}

AwsResult<void> ReadTag(pugi::xml_node tag, store::Facts& tags) {
  const auto key = ChildText(tag, "Key");
  const auto value = ChildText(tag, "Value");
  if (!key || key->empty() || !value) return MalformedXml("a Tag has a Key and a Value");
  if (tags.emplace(*key, *value).second) return {};
  return AwsFail(400, "InvalidRequest", "Duplicate Tag Keys are not allowed: {}", *key);
}

// What stands in a Filter, or in its And.
AwsResult<void> ReadCriteria(pugi::xml_node filter, LifecycleRule& rule) {
  rule.prefix = ChildText(filter, "Prefix").value_or("");
  for (const pugi::xml_node tag : Children(filter, "Tag")) S3_TRY(ReadTag(tag, rule.tags));
  S3_ASSIGN(rule.larger, SizeOf(filter, "ObjectSizeGreaterThan"));
  S3_ASSIGN(rule.smaller, SizeOf(filter, "ObjectSizeLessThan"));
  if (rule.larger && rule.smaller && *rule.larger >= *rule.smaller) {
    return AwsFail(400, "InvalidRequest",
                   "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'");
  }
  return {};
}

AwsResult<void> ReadFilter(pugi::xml_node node, LifecycleRule& rule) {
  const pugi::xml_node filter = Child(node, "Filter");
  const auto old_prefix = ChildText(node, "Prefix");
  if (filter && old_prefix) return MalformedXml("a Rule has a Filter or a Prefix, not both");
  if (!filter && !old_prefix) return MalformedXml("a Rule needs a Filter");
  if (!filter) {
    rule.prefix = *old_prefix;
    return {};
  }
  const auto criteria = std::ranges::count_if(
      filter.children(), [](pugi::xml_node child) { return child.type() == pugi::node_element; });
  if (criteria > 1) return MalformedXml("a Filter has one criterion; several stand in its And");
  const pugi::xml_node all = Child(filter, "And");
  return ReadCriteria(all ? all : filter, rule);
}

AwsResult<void> ReadExpiration(pugi::xml_node node, LifecycleRule& rule) {
  S3_ASSIGN(rule.days, DaysOf(node, "Days", "Expiration"));
  const auto date = ChildText(node, "Date");
  const auto marker = ChildText(node, "ExpiredObjectDeleteMarker");
  const int told = int{rule.days.has_value()} + int{date.has_value()} + int{marker.has_value()};
  if (told != 1) {
    return MalformedXml("an Expiration has one of Days, Date and ExpiredObjectDeleteMarker");
  }
  if (marker && !rule.tags.empty()) {
    return AwsFail(400, "InvalidRequest",
                   "ExpiredObjectDeleteMarker cannot be specified with Tags.");
  }
  if (!date) return {};
  const auto at = ParseUtc(*date);
  if (!at) return MalformedXml(fmt::format("the Date '{}' is no date of ISO 8601", *date));
  if (*at % kDay != 0) {
    return InvalidArgument("Date", *date, "'Date' must be at midnight GMT");
  }
  rule.date = *at;
  return {};
}

AwsResult<void> ReadAbort(pugi::xml_node node, LifecycleRule& rule) {
  S3_ASSIGN(rule.abort_days, DaysOf(node, "DaysAfterInitiation", "AbortIncompleteMultipartUpload"));
  if (!rule.abort_days) {
    return MalformedXml("an AbortIncompleteMultipartUpload needs DaysAfterInitiation");
  }
  if (!rule.tags.empty()) {
    return AwsFail(400, "InvalidRequest",
                   "AbortIncompleteMultipartUpload cannot be specified with Tags.");
  }
  if (rule.larger || rule.smaller) {
    return AwsFail(400, "InvalidRequest",
                   "AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  }
  return {};
}

// There are no versions but the newest: it is true for all of them that nothing is to be done.
AwsResult<bool> ReadOldVersions(pugi::xml_node node) {
  bool any = false;
  for (const char* action : {"NoncurrentVersionExpiration", "NoncurrentVersionTransition"}) {
    for (const pugi::xml_node old : Children(node, action)) {
      S3_ASSIGN(const auto days, DaysOf(old, "NoncurrentDays", action));
      if (!days) return MalformedXml(fmt::format("a {} needs NoncurrentDays", action));
      any = true;
    }
  }
  return any;
}

AwsResult<void> ReadActions(pugi::xml_node node, LifecycleRule& rule) {
  if (Child(node, "Transition")) {
    return AwsFail(
        501, "NotImplemented",
        "rule '{}': a Transition is not served, there is one storage tier here; leave it "
        "out",
        rule.id);
  }
  S3_ASSIGN(bool any, ReadOldVersions(node));
  if (const pugi::xml_node expiration = Child(node, "Expiration")) {
    S3_TRY(ReadExpiration(expiration, rule));
    any = true;
  }
  if (const pugi::xml_node abort = Child(node, "AbortIncompleteMultipartUpload")) {
    S3_TRY(ReadAbort(abort, rule));
    any = true;
  }
  if (any) return {};
  return AwsFail(400, "InvalidRequest", "At least one action needs to be specified in a rule");
}

AwsResult<LifecycleRule> ReadRule(pugi::xml_node node) {
  LifecycleRule rule;
  rule.id = ChildText(node, "ID").value_or("");
  if (rule.id.size() > kMaxId) {
    return InvalidArgument("ID", rule.id, "ID length should not exceed allowed limit of 255");
  }
  const auto status = ChildText(node, "Status");
  if (status != "Enabled" && status != "Disabled") {
    return MalformedXml("the Status of a Rule is Enabled or Disabled");
  }
  rule.enabled = status == "Enabled";
  S3_TRY(ReadFilter(node, rule));
  if (rule.prefix.size() > kMaxPrefix) {
    return AwsFail(400, "InvalidRequest", "The maximum size of a prefix is {}.", kMaxPrefix);
  }
  S3_TRY(ReadActions(node, rule));
  return rule;
}

const std::string* RulesOf(const Call& call) {
  const auto stored = call.about.facts.find("lifecycle");
  return stored == call.about.facts.end() ? nullptr : &stored->second;
}

// The rule by which something of a time ends first.
template <class When>
void Tell(const Call& call, const When& when,
          const std::function<void(Nanos at, const std::string& id)>& tell) {
  const std::string* const stored = RulesOf(call);
  if (stored == nullptr) return;
  const auto rules = ParseLifecycle(*stored);
  if (!rules) return;
  std::optional<Nanos> first;
  std::string id;
  for (const LifecycleRule& rule : *rules) {
    const std::optional<Nanos> at = when(rule);
    if (!at || (first && *first <= *at)) continue;
    first = at;
    id = rule.id;
  }
  if (first) tell(*first, id);
}

}  // namespace

bool LifecycleRule::IsFor(const store::Object& object) const {
  if (!object.key.starts_with(prefix)) return false;
  if (larger && object.size <= *larger) return false;
  if (smaller && object.size >= *smaller) return false;
  return std::ranges::all_of(tags, [&](const auto& tag) {
    const auto it = object.facts.tags.find(tag.first);
    return it != object.facts.tags.end() && it->second == tag.second;
  });
}

std::optional<Nanos> LifecycleRule::ExpiryOf(Nanos modified) const {
  if (!enabled) return std::nullopt;
  if (date) return date;
  return days ? MidnightAfter(modified, *days) : std::nullopt;
}

std::optional<Nanos> LifecycleRule::AbortOf(Nanos initiated) const {
  return enabled && abort_days ? MidnightAfter(initiated, *abort_days) : std::nullopt;
}

AwsResult<std::vector<LifecycleRule>> ParseLifecycle(std::string_view xml) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(xml, kRoot));
  std::vector<LifecycleRule> rules;
  std::set<std::string> ids;
  for (const pugi::xml_node node : Children(document.root(), "Rule")) {
    S3_ASSIGN(LifecycleRule rule, ReadRule(node));
    if (!rule.id.empty() && !ids.insert(rule.id).second) {
      return InvalidArgument(
          "ID", rule.id,
          fmt::format("Rule ID must be unique. Found same ID for more than one rule: {}", rule.id));
    }
    rules.push_back(std::move(rule));
  }
  if (rules.empty() || rules.size() > kMaxRules) {
    return MalformedXml(fmt::format("a {} has 1 to {} rules", kRoot, kMaxRules));
  }
  return rules;
}

std::string WithRuleIds(const std::string& xml) {
  const auto document = XmlRequest::Parse(xml, kRoot);
  if (!document) return xml;
  bool changed = false;
  for (pugi::xml_node rule : Children(document->root(), "Rule")) {
    pugi::xml_node id = Child(rule, "ID");
    if (id && !id.text().empty()) continue;
    // In the namespace of its siblings, whatever they call it.
    const std::string_view name = rule.name();
    const std::string prefix(name.substr(0, name.size() - LocalName(rule).size()));
    if (!id) id = rule.prepend_child((prefix + "ID").c_str());
    id.text().set(Uuid::Random().ToString().c_str());
    changed = true;
  }
  if (!changed) return xml;
  std::ostringstream text;
  document->root().print(text, "", pugi::format_raw);
  return text.str();
}

void AddExpiration(const Call& call, const store::Object& object) {
  Tell(
      call,
      [&](const LifecycleRule& rule) {
        return rule.IsFor(object) ? rule.ExpiryOf(object.modified) : std::nullopt;
      },
      [&](Nanos at, const std::string& id) {
        call.reply.AddField("x-amz-expiration",
                            fmt::format(R"(expiry-date="{}", rule-id="{}")", net::HttpDate(at),
                                        net::PercentEncode(id)));
      });
}

void AddAbort(const Call& call, const store::MultipartUpload& upload) {
  Tell(
      call,
      [&](const LifecycleRule& rule) {
        return upload.key.starts_with(rule.prefix) ? rule.AbortOf(upload.initiated) : std::nullopt;
      },
      [&](Nanos at, const std::string& id) {
        call.reply.AddField("x-amz-abort-date", net::HttpDate(at));
        call.reply.AddField("x-amz-abort-rule-id", net::PercentEncode(id));
      });
}

}  // namespace ticklake::aws::s3
