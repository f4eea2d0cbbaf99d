#include "lake/crawler/grok_classifier.h"

#include <algorithm>
#include <map>

namespace ticklake::lake::crawler {
namespace {

using hive::Kind;

constexpr int kMostNested = 20;             // patterns within patterns
constexpr size_t kMostExpanded = 64 << 10;  // characters of the regular expression
constexpr size_t kMostLine = 64 << 10;      // bytes

constexpr std::pair<std::string_view, std::string_view> kBuiltIn[] = {
    {"USERNAME", R"([a-zA-Z0-9._-]+)"},
    {"USER", "%{USERNAME}"},
    {"INT", R"([+-]?[0-9]+)"},
    {"BASE10NUM", R"([+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+))"},
    {"NUMBER", "%{BASE10NUM}"},
    {"BASE16NUM", R"([+-]?(?:0x)?[0-9A-Fa-f]+)"},
    {"BOOLEAN", "(?i:true|false)"},
    {"POSINT", R"(\b[1-9][0-9]*\b)"},
    {"NONNEGINT", R"(\b[0-9]+\b)"},
    {"WORD", R"(\b\w+\b)"},
    {"NOTSPACE", R"(\S+)"},
    {"SPACE", R"(\s*)"},
    {"DATA", ".*?"},
    {"GREEDYDATA", ".*"},
    {"QUOTEDSTRING", R"((?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'))"},
    {"QS", "%{QUOTEDSTRING}"},
    {"UUID", "[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}"},
    {"MAC", "(?:[A-Fa-f0-9]{2}[:-]){5}[A-Fa-f0-9]{2}"},
    {"IPV4", R"((?:[0-9]{1,3}\.){3}[0-9]{1,3})"},
    {"IPV6", "[0-9A-Fa-f]*:[0-9A-Fa-f:.]+"},
    {"IP", "(?:%{IPV6}|%{IPV4})"},
    {"HOSTNAME", R"(\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*\.?)"},
    {"HOST", "%{HOSTNAME}"},
    {"IPORHOST", "(?:%{IP}|%{HOSTNAME})"},
    {"HOSTPORT", "%{IPORHOST}:%{POSINT}"},
    {"PATH", "(?:%{UNIXPATH}|%{WINPATH})"},
    {"UNIXPATH", R"((?:/[^/\s]*)+)"},
    {"WINPATH", R"((?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+)"},
    {"URIPROTO", R"([A-Za-z]+(?:\+[A-Za-z+]+)?)"},
    {"URIHOST", "%{IPORHOST}(?::%{POSINT})?"},
    {"URIPATH", R"((?:/[^?\s]*)+)"},
    {"URIPARAM", R"(\?\S*)"},
    {"URIPATHPARAM", "%{URIPATH}(?:%{URIPARAM})?"},
    {"URI", "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?"},
    {"MONTH", R"(\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"},
    {"MONTHNUM", "(?:0?[1-9]|1[0-2])"},
    {"MONTHDAY", "(?:0[1-9]|[12][0-9]|3[01]|[1-9])"},
    {"DAY", R"(\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b)"},
    {"YEAR", "[0-9]{2}(?:[0-9]{2})?"},
    {"HOUR", "(?:2[0123]|[01]?[0-9])"},
    {"MINUTE", "[0-5][0-9]"},
    {"SECOND", "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?"},
    {"TIME", "%{HOUR}:%{MINUTE}(?::%{SECOND})?"},
    {"DATE_US", "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"},
    {"DATE_EU", "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"},
    {"DATE", "(?:%{DATE_US}|%{DATE_EU})"},
    {"ISO8601_TIMEZONE", "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))"},
    {"TIMESTAMP_ISO8601",
     "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?"},
    {"TZ", "[A-Z]{3,4}"},
    {"DATESTAMP", "%{DATE}[- ]%{TIME}"},
    {"HTTPDATE", "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"},
    {"SYSLOGTIMESTAMP", "%{MONTH} +%{MONTHDAY} %{TIME}"},
    {"PROG", R"([\w._/%-]+)"},
    {"LOGLEVEL",
     "(?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|"
     "fatal|severe|emerg(?:ency)?)"},
    {"COMMONAPACHELOG",
     R"re(%{IPORHOST:clientip} %{USER:ident} %{USER:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} (?:%{NUMBER:bytes}|-))re"},
    {"COMBINEDAPACHELOG", "%{COMMONAPACHELOG} %{QS:referrer} %{QS:agent}"},
};

Result<hive::Type> TypeOfName(std::string_view name) {
  static constexpr std::pair<std::string_view, Kind> kTypes[] = {
      {"string", Kind::kString}, {"byte", Kind::kTinyint},   {"boolean", Kind::kBoolean},
      {"double", Kind::kDouble}, {"short", Kind::kSmallint}, {"int", Kind::kInt},
      {"long", Kind::kBigint},   {"float", Kind::kFloat}};
  for (const auto& [known, kind] : kTypes) {
    if (name == known) return hive::Type{.kind = kind};
  }
  return Fail(Code::kInvalid, "grok pattern: '{}' is no data type", name);
}

// Replaces %{…} by what stands for it.
class Expander {
 public:
  explicit Expander(const std::string& custom_patterns) {
    for (const auto& [name, pattern] : kBuiltIn) patterns_[std::string(name)] = pattern;
    std::string_view rest = custom_patterns;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const size_t space = line.find_first_of(" \t");
      if (space != std::string_view::npos && space > 0) {
        patterns_[std::string(line.substr(0, space))] =
            line.substr(line.find_first_not_of(" \t", space));
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  Result<std::string> Expand(std::string_view pattern, int depth) {
    if (depth > kMostNested) {
      return Fail(Code::kInvalid, "grok pattern: more than {} patterns within each other",
                  kMostNested);
    }
    std::string text;
    while (true) {
      const size_t begin = pattern.find("%{");
      text += pattern.substr(0, begin);
      if (begin == std::string_view::npos) return text;
      const size_t end = pattern.find('}', begin);
      if (end == std::string_view::npos) {
        return Fail(Code::kInvalid, "grok pattern: %{{ without a }} behind it");
      }
      TL_ASSIGN(const std::string one,
                Reference(pattern.substr(begin + 2, end - begin - 2), depth));
      text += one;
      if (text.size() > kMostExpanded) {
        return Fail(Code::kInvalid, "grok pattern: becomes more than {} characters", kMostExpanded);
      }
      pattern.remove_prefix(end + 1);
    }
  }

  Schema TakeSchema() { return std::move(schema_); }

 private:
  Result<std::string> Reference(std::string_view reference, int depth) {
    const size_t colon = std::min(reference.find(':'), reference.size());
    const std::string name(reference.substr(0, colon));
    const auto pattern = patterns_.find(name);
    if (pattern == patterns_.end()) {
      return Fail(Code::kInvalid, "grok pattern: there is no pattern {}", name);
    }
    const std::string inner_pattern = pattern->second;
    if (colon == reference.size()) {
      TL_ASSIGN(const std::string inner, Expand(inner_pattern, depth + 1));
      return "(?:" + inner + ")";
    }
    std::string_view field = reference.substr(colon + 1);
    hive::Type type;
    if (const size_t second = field.find(':'); second != std::string_view::npos) {
      TL_ASSIGN(type, TypeOfName(field.substr(second + 1)));
      field = field.substr(0, second);
    }
    if (!IsUsableName(field)) return Fail(Code::kInvalid, "grok pattern: a field without a name");
    if (schema_.size() == kMaxColumns) return Fail(Code::kInvalid, "grok pattern: too many fields");
    schema_.push_back({ColumnName(field), std::string(field), type, "", "by the pattern " + name});
    TL_ASSIGN(const std::string inner, Expand(inner_pattern, depth + 1));
    return "(?:" + inner + ")";
  }

  std::map<std::string, std::string> patterns_;
  Schema schema_;
};

}  // namespace

Result<GrokPattern> GrokPattern::Parse(const hive::GrokPatterns& rules) {
  Expander expander(rules.custom_patterns);
  TL_ASSIGN(const std::string text, expander.Expand(rules.pattern, 0));
  GrokPattern pattern;
  pattern.schema_ = expander.TakeSchema();
  if (pattern.schema_.empty()) {
    return Fail(Code::kInvalid, "grok pattern: has no fields, %{{NAME:field}}");
  }
  MakeNamesUnique(pattern.schema_);
  try {
    pattern.regex_.assign(text, boost::regex::perl | boost::regex::no_mod_s);
  } catch (const std::exception& e) {
    return Fail(Code::kInvalid, "grok pattern: {:.200}", e.what());
  }
  return pattern;
}

bool GrokPattern::Matches(std::string_view line) const {
  if (line.size() > kMostLine) return false;
  try {
    return boost::regex_match(line.begin(), line.end(), regex_);
  } catch (const std::exception&) {
    return false;  // a pattern that would take too long on it
  }
}

std::expected<Classified, Rejection> ClassifyGrok(std::string_view text, bool whole,
                                                  const hive::GrokPatterns& rules) {
  const auto pattern = GrokPattern::Parse(rules);
  if (!pattern)
    return std::unexpected(Rejection{"a grok pattern that is none", pattern.error().message});
  Classified found;
  size_t at = 0;
  while (at < text.size() && found.records < static_cast<int64_t>(kSampleRecords)) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end == text.size() && !whole) break;  // cut off in the middle
    std::string_view line = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (!pattern->Matches(line)) {
      return std::unexpected(Rejection{"lines that the grok pattern does not match",
                                       fmt::format("line {}", found.records + 1)});
    }
    ++found.records;
    found.sampled = at;
  }
  if (found.records == 0) return std::unexpected(Rejection{"no lines", ""});
  found.whole = whole && at >= text.size();
  found.reading.format = hive::Format::kGrok;
  found.reading.schema = pattern->schema();
  found.reading.grok = rules;
  found.reading.certainty = 1;
  found.reading.why.push_back(
      fmt::format("{}: all of {} lines match the pattern", rules.classification, found.records));
  return found;
}

}  // namespace ticklake::lake::crawler
