#include "aws/s3/cors.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "aws/s3/handlers.h"
#include "aws/s3/xml_reader.h"
#include "base/ascii.h"

namespace ticklake::aws::s3 {
namespace {

constexpr size_t kMaxRules = 100;

// "*" stands for anything, once.
bool Matches(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view tail = pattern.substr(star + 1);
  return text.size() + 1 >= pattern.size() && text.starts_with(pattern.substr(0, star)) &&
         text.ends_with(tail);
}

std::vector<std::string> Texts(pugi::xml_node rule, std::string_view name) {
  std::vector<std::string> texts;
  for (const pugi::xml_node node : Children(rule, name)) texts.emplace_back(node.text().get());
  return texts;
}

AwsResult<CorsRule> ParseRule(pugi::xml_node node) {
  CorsRule rule{.origins = Texts(node, "AllowedOrigin"),
                .methods = Texts(node, "AllowedMethod"),
                .headers = Texts(node, "AllowedHeader"),
                .expose = Texts(node, "ExposeHeader"),
                .max_age = std::nullopt};
  if (rule.origins.empty() || rule.methods.empty()) {
    return MalformedXml("a CORSRule needs an AllowedOrigin and an AllowedMethod");
  }
  constexpr std::array kMethods = {"GET", "PUT", "POST", "DELETE", "HEAD"};
  for (const std::string& method : rule.methods) {
    if (std::ranges::find(kMethods, method) == kMethods.end()) {
      return AwsFail(400, "InvalidRequest",
                     "Found unsupported HTTP method in CORS config. Unsupported method is {}",
                     method);
    }
  }
  for (const auto* patterns : {&rule.origins, &rule.headers}) {
    for (const std::string& pattern : *patterns) {
      if (std::ranges::count(pattern, '*') > 1) {
        return AwsFail(400, "InvalidRequest",
                       "AllowedOrigin or AllowedHeader \"{}\" can not have more than one wildcard.",
                       pattern);
      }
    }
  }
  if (const auto age = ChildText(node, "MaxAgeSeconds")) {
    rule.max_age = ParseNumber(*age);
    if (!rule.max_age) return MalformedXml("MaxAgeSeconds is no whole number");
  }
  return rule;
}

bool AnyMatches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const std::string& p) { return Matches(p, text); });
}

bool Allows(const CorsRule& rule, const CorsQuestion& question) {
  if (!AnyMatches(rule.origins, question.origin)) return false;
  if (std::ranges::find(rule.methods, question.method) == rule.methods.end()) return false;
  return std::ranges::all_of(question.headers, [&](const std::string& header) {
    return std::ranges::any_of(
        rule.headers, [&](const std::string& p) { return Matches(AsciiLower(p), header); });
  });
}

std::vector<std::string> SplitHeaders(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string name = AsciiLower(list.substr(0, comma));
    std::erase_if(name, [](char c) { return c == ' ' || c == '\t'; });
    if (!name.empty()) names.push_back(std::move(name));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

std::unexpected<AwsError> Forbidden(std::string_view why) {
  return AwsFail(403, "AccessForbidden", "CORSResponse: {}", why);
}

void Describe(const CorsRule& rule, const CorsQuestion& question, net::HttpReply& reply) {
  const bool anyone = std::ranges::find(rule.origins, "*") != rule.origins.end();
  reply.AddField("Access-Control-Allow-Origin", anyone ? "*" : question.origin);
  if (!anyone) reply.AddField("Access-Control-Allow-Credentials", "true");
  reply.AddField("Access-Control-Allow-Methods", fmt::format("{}", fmt::join(rule.methods, ", ")));
  if (!question.headers.empty()) {
    reply.AddField("Access-Control-Allow-Headers",
                   fmt::format("{}", fmt::join(question.headers, ", ")));
  }
  if (!rule.expose.empty()) {
    reply.AddField("Access-Control-Expose-Headers",
                   fmt::format("{}", fmt::join(rule.expose, ", ")));
  }
  if (rule.max_age) reply.AddField("Access-Control-Max-Age", std::to_string(*rule.max_age));
  reply.AddField("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

}  // namespace

AwsResult<std::vector<CorsRule>> ParseCors(std::string_view xml) {
  S3_ASSIGN(const XmlRequest document, XmlRequest::Parse(xml, "CORSConfiguration"));
  std::vector<CorsRule> rules;
  for (const pugi::xml_node node : Children(document.root(), "CORSRule")) {
    S3_ASSIGN(CorsRule rule, ParseRule(node));
    rules.push_back(std::move(rule));
  }
  if (rules.empty() || rules.size() > kMaxRules) {
    return MalformedXml(fmt::format("a CORSConfiguration has 1 to {} rules", kMaxRules));
  }
  return rules;
}

const CorsRule* FindRule(const std::vector<CorsRule>& rules, const CorsQuestion& question) {
  const auto it =
      std::ranges::find_if(rules, [&](const CorsRule& rule) { return Allows(rule, question); });
  return it == rules.end() ? nullptr : &*it;
}

void AddCorsFields(Call& call) {
  const auto origin = call.Header("origin");
  const auto stored = call.about.facts.find("cors");
  if (!origin || stored == call.about.facts.end()) return;
  const auto rules = ParseCors(stored->second);
  if (!rules) return;
  const CorsQuestion question{
      .origin = *origin,
      .method = call.Header("access-control-request-method").value_or(call.request.http.method),
      .headers = {}};
  if (const CorsRule* rule = FindRule(*rules, question)) Describe(*rule, question, call.reply);
}

AwsResult<void> Preflight(Call& call) {
  const auto origin = call.Header("origin");
  const auto method = call.Header("access-control-request-method");
  if (!origin) {
    return AwsFail(400, "BadRequest", "Insufficient information. Origin request header needed.");
  }
  if (!method) {
    return AwsFail(400, "BadRequest",
                   "Insufficient information. Access-Control-Request-Method header needed.");
  }
  const auto stored = call.about.facts.find("cors");
  if (stored == call.about.facts.end()) {
    return Forbidden("CORS is not enabled for this bucket.");
  }
  S3_ASSIGN(const std::vector<CorsRule> rules, ParseCors(stored->second));
  const CorsQuestion question{
      .origin = *origin,
      .method = *method,
      .headers = SplitHeaders(call.Header("access-control-request-headers").value_or(""))};
  const CorsRule* rule = FindRule(rules, question);
  if (rule == nullptr) {
    return Forbidden(
        "This CORS request is not allowed. No rule of the bucket allows its origin, "
        "method and headers; see GetBucketCors.");
  }
  Describe(*rule, question, call.reply);
  call.SendEmpty(200);
  return {};
}

}  // namespace ticklake::aws::s3
