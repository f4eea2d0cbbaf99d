#include "lake/crawler/crawlers/spec.h"

#include <boost/json.hpp>

#include "base/ascii.h"
#include "lake/crawler/grok_classifier.h"
#include "lake/crawler/json_path.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;

std::string Text(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
}

int64_t Number(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_int64() ? member->as_int64() : 0;
}

bool Flag(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_bool() && member->as_bool();
}

const json::object& Object(const json::object& object, std::string_view key) {
  static const json::object kEmpty;
  const json::value* member = object.if_contains(key);
  return member != nullptr && member->is_object() ? member->as_object() : kEmpty;
}

std::vector<std::string> Texts(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* member = object.if_contains(key);
  if (member == nullptr || !member->is_array()) return texts;
  for (const json::value& item : member->as_array()) {
    if (item.is_string()) texts.emplace_back(item.as_string());
  }
  return texts;
}

std::vector<json::object> Objects(const json::object& object, std::string_view key) {
  std::vector<json::object> objects;
  const json::value* member = object.if_contains(key);
  if (member == nullptr || !member->is_array()) return objects;
  for (const json::value& item : member->as_array()) {
    if (item.is_object()) objects.push_back(item.as_object());
  }
  return objects;
}

class SpecReader {
 public:
  explicit SpecReader(const json::object& definition) : definition_(definition) {}

  Result<CrawlSpec> Read() {
    spec_.plan.database = AsciiLower(Text(definition_, "DatabaseName"));
    spec_.plan.crawler = Text(definition_, "Name");
    spec_.plan.prefix = Text(definition_, "TablePrefix");
    spec_.classifiers = Texts(definition_, "Classifiers");
    TL_TRY(ReadTargets(Object(definition_, "Targets")));
    TL_TRY(ReadPolicy(Object(definition_, "SchemaChangePolicy")));
    TL_TRY(ReadRecrawl(Text(Object(definition_, "RecrawlPolicy"), "RecrawlBehavior")));
    TL_TRY(ReadConfiguration(Text(definition_, "Configuration")));
    if (const std::string schedule = Text(definition_, "Schedule"); !schedule.empty()) {
      TL_ASSIGN(spec_.schedule, Cron::Parse(schedule));
    }
    return std::move(spec_);
  }

 private:
  Result<void> ReadTargets(const json::object& targets) {
    for (const char* other :
         {"JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "DeltaTargets", "HudiTargets"}) {
      if (!Objects(targets, other).empty()) {
        return Fail(Code::kUnsupported,
                    "{}: not crawled here; S3Targets, IcebergTargets and CatalogTargets are",
                    other);
      }
    }
    for (const json::object& target : Objects(targets, "S3Targets")) {
      TL_TRY(AddPath(target, Text(target, "Path"), CrawlTarget::Kind::kFiles));
    }
    for (const json::object& target : Objects(targets, "IcebergTargets")) {
      for (const std::string& path : Texts(target, "Paths")) {
        TL_TRY(AddPath(target, path, CrawlTarget::Kind::kIceberg));
      }
    }
    for (const json::object& target : Objects(targets, "CatalogTargets")) TL_TRY(AddTables(target));
    if (spec_.targets.empty())
      return Fail(Code::kInvalid, "Targets: at least one target is wanted");
    return {};
  }

  Result<void> AddPath(const json::object& target, std::string path, CrawlTarget::Kind kind) {
    if (!Text(target, "EventQueueArn").empty()) {
      return Fail(Code::kUnsupported, "EventQueueArn: there are no event queues here");
    }
    if (path.find("://") == std::string::npos) path = "s3://" + path;  // as Glue takes it
    if (path.size() <= 5 || path.starts_with("s3:///")) {
      return Fail(Code::kInvalid, "Path '{}': names no bucket", path);
    }
    CrawlTarget& added = spec_.targets.emplace_back();
    added.kind = kind;
    added.path = std::move(path);
    added.exclusions = Texts(target, "Exclusions");
    const int64_t sample = Number(target, "SampleSize");
    if (sample < 0 || sample > 249 || (sample == 0 && target.contains("SampleSize"))) {
      return Fail(Code::kInvalid, "SampleSize: {} is not from 1 to 249", sample);
    }
    added.sample_size = static_cast<size_t>(sample);
    constexpr int64_t kUsualDepth = 10;
    const int64_t depth = Number(target, "MaximumTraversalDepth");
    if (kind == CrawlTarget::Kind::kIceberg) {
      added.depth = static_cast<int>(depth > 0 ? std::min<int64_t>(depth, 64) : kUsualDepth);
    }
    return {};
  }

  Result<void> AddTables(const json::object& target) {
    CrawlTarget& added = spec_.targets.emplace_back();
    added.kind = CrawlTarget::Kind::kCatalog;
    added.database = AsciiLower(Text(target, "DatabaseName"));
    for (const std::string& table : Texts(target, "Tables"))
      added.tables.push_back(AsciiLower(table));
    if (added.database.empty() || added.tables.empty()) {
      return Fail(Code::kInvalid,
                  "CatalogTargets: DatabaseName and at least one of Tables are wanted");
    }
    return {};
  }

  Result<void> ReadPolicy(const json::object& policy) {
    const std::string update = Text(policy, "UpdateBehavior");
    if (update == "LOG") {
      spec_.plan.update = UpdateBehavior::kLog;
    } else if (!update.empty() && update != "UPDATE_IN_DATABASE") {
      return Fail(Code::kInvalid, "UpdateBehavior: '{}' is not LOG or UPDATE_IN_DATABASE", update);
    }
    const std::string gone = Text(policy, "DeleteBehavior");
    if (gone == "DELETE_FROM_DATABASE") {
      spec_.plan.gone = DeleteBehavior::kDelete;
    } else if (gone.empty() || gone == "DEPRECATE_IN_DATABASE") {  // AWS's default
      spec_.plan.gone = DeleteBehavior::kDeprecate;
    } else if (gone != "LOG") {
      return Fail(Code::kInvalid,
                  "DeleteBehavior: '{}' is not LOG, DELETE_FROM_DATABASE or DEPRECATE_IN_DATABASE",
                  gone);
    }
    for (const CrawlTarget& target : spec_.targets) {
      if (target.kind != CrawlTarget::Kind::kCatalog) continue;
      if (gone != "LOG") {
        return Fail(Code::kInvalid, "DeleteBehavior: must be LOG for CatalogTargets");
      }
      if (spec_.targets.front().kind != CrawlTarget::Kind::kCatalog) {
        return Fail(Code::kInvalid, "Targets: CatalogTargets do not go with others");
      }
    }
    return {};
  }

  Result<void> ReadRecrawl(const std::string& behavior) {
    if (behavior == "CRAWL_EVENT_MODE") {
      return Fail(Code::kUnsupported,
                  "RecrawlBehavior: CRAWL_EVENT_MODE needs event queues, which are not here; "
                  "CRAWL_NEW_FOLDERS_ONLY is");
    }
    if (behavior.empty() || behavior == "CRAWL_EVERYTHING") return {};
    if (behavior != "CRAWL_NEW_FOLDERS_ONLY") {
      return Fail(Code::kInvalid, "RecrawlBehavior: '{}' is none", behavior);
    }
    spec_.plan.new_folders_only = true;
    const bool logs =
        spec_.plan.update == UpdateBehavior::kLog && spec_.plan.gone == DeleteBehavior::kLog;
    if (logs) return {};
    return Fail(Code::kInvalid,
                "SchemaChangePolicy: UpdateBehavior and DeleteBehavior must be LOG where "
                "RecrawlBehavior is CRAWL_NEW_FOLDERS_ONLY");
  }

  // {"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":…},"Tables":{…}},
  //  "Grouping":{"TableGroupingPolicy":…,"TableLevelConfiguration":2}}
  Result<void> ReadConfiguration(const std::string& text) {
    if (text.empty()) return {};
    boost::system::error_code failed;
    const json::value parsed = json::parse(text, failed);
    if (failed || !parsed.is_object()) {
      return Fail(Code::kInvalid, "Configuration: is no JSON object");
    }
    const json::object& configuration = parsed.as_object();
    const json::object& output = Object(configuration, "CrawlerOutput");
    const std::string partitions = Text(Object(output, "Partitions"), "AddOrUpdateBehavior");
    if (!partitions.empty() && partitions != "InheritFromTable") {
      return Fail(Code::kInvalid,
                  "Configuration: Partitions.AddOrUpdateBehavior '{}' is not "
                  "InheritFromTable",
                  partitions);
    }
    spec_.plan.partitions_inherit = !partitions.empty();
    const std::string tables = Text(Object(output, "Tables"), "AddOrUpdateBehavior");
    if (!tables.empty() && tables != "MergeNewColumns") {
      return Fail(Code::kInvalid,
                  "Configuration: Tables.AddOrUpdateBehavior '{}' is not MergeNewColumns", tables);
    }
    if (!tables.empty() && spec_.plan.update == UpdateBehavior::kUpdate) {
      spec_.plan.update = UpdateBehavior::kMergeNewColumns;
    }
    const json::object& grouping = Object(configuration, "Grouping");
    const std::string policy = Text(grouping, "TableGroupingPolicy");
    if (!policy.empty() && policy != "CombineCompatibleSchemas") {
      return Fail(Code::kInvalid,
                  "Configuration: TableGroupingPolicy '{}' is not CombineCompatibleSchemas",
                  policy);
    }
    spec_.group.combine_compatible = !policy.empty();
    // AWS counts the bucket as level 1, whatever the target's path is.
    spec_.group.table_level = static_cast<int>(Number(grouping, "TableLevelConfiguration"));
    return {};
  }

  const json::object& definition_;
  CrawlSpec spec_;
};

Result<char> OneCharacter(const std::string& text, std::string_view member) {
  if (text == "\\t") return '\t';
  if (text.size() == 1) return text[0];
  return Fail(Code::kInvalid, "{}: '{}' is not one character", member, text);
}

// The names of AWS's CustomDatatypes.
Result<hive::Type> CustomType(const std::string& name) {
  using hive::Kind;
  static constexpr std::pair<std::string_view, Kind> kTypes[] = {
      {"BINARY", Kind::kBinary},      {"BOOLEAN", Kind::kBoolean}, {"DATE", Kind::kDate},
      {"DOUBLE", Kind::kDouble},      {"FLOAT", Kind::kFloat},     {"INT", Kind::kInt},
      {"LONG", Kind::kBigint},        {"SHORT", Kind::kSmallint},  {"STRING", Kind::kString},
      {"TIMESTAMP", Kind::kTimestamp}};
  if (name == "DECIMAL") return hive::Type{.kind = Kind::kDecimal, .precision = 38, .scale = 18};
  for (const auto& [known, kind] : kTypes) {
    if (name == known) return hive::Type{.kind = kind};
  }
  return Fail(Code::kInvalid, "CustomDatatypes: '{}' is none", name);
}

Result<CsvRules> ParseCsv(const json::object& object) {
  CsvRules rules;
  if (const std::string text = Text(object, "Delimiter"); !text.empty()) {
    TL_ASSIGN(rules.delimiter, OneCharacter(text, "Delimiter"));
  }
  if (const std::string text = Text(object, "QuoteSymbol"); !text.empty()) {
    TL_ASSIGN(rules.quote, OneCharacter(text, "QuoteSymbol"));
    if (rules.quote == rules.delimiter) {
      return Fail(Code::kInvalid, "QuoteSymbol: must differ from Delimiter");
    }
  }
  const std::string header = Text(object, "ContainsHeader");
  if (header == "PRESENT") rules.contains_header = HeaderRule::kPresent;
  if (header == "ABSENT") rules.contains_header = HeaderRule::kAbsent;
  if (!header.empty() && header != "UNKNOWN" && rules.contains_header == HeaderRule::kUnknown) {
    return Fail(Code::kInvalid, "ContainsHeader: '{}' is not UNKNOWN, PRESENT or ABSENT", header);
  }
  rules.header = Texts(object, "Header");
  rules.trim_values = !Flag(object, "DisableValueTrimming");
  rules.allow_single_column = Flag(object, "AllowSingleColumn");
  if (Flag(object, "CustomDatatypeConfigured")) {
    for (const std::string& name : Texts(object, "CustomDatatypes")) {
      TL_ASSIGN(const hive::Type type, CustomType(name));
      rules.types.push_back(type);
    }
  }
  const std::string serde = Text(object, "Serde");
  if (serde == "OpenCSVSerDe") rules.serde = CsvSerde::kOpenCsv;
  if (serde == "LazySimpleSerDe") rules.serde = CsvSerde::kLazySimple;
  return rules;
}

}  // namespace

Result<CrawlSpec> ParseSpec(const json::object& definition) {
  return SpecReader(definition).Read();
}

Result<Classifier> ParseClassifier(const json::object& definition) {
  if (definition.size() != 1) {
    return Fail(Code::kInvalid,
                "one of CsvClassifier, JsonClassifier, GrokClassifier and "
                "XMLClassifier is wanted");
  }
  const std::string kind(definition.begin()->key());
  const json::object& object = Object(definition, kind);
  Classifier classifier{Text(object, "Name"), JsonRules{}};
  if (kind == "CsvClassifier") {
    TL_ASSIGN(classifier.rules, ParseCsv(object));
  } else if (kind == "JsonClassifier") {
    TL_TRY(ParseJsonPath(Text(object, "JsonPath")));
    classifier.rules = JsonRules{Text(object, "JsonPath")};
  } else if (kind == "GrokClassifier") {
    classifier.rules =
        hive::GrokPatterns{Text(object, "Classification"), Text(object, "GrokPattern"),
                           Text(object, "CustomPatterns")};
    TL_TRY(GrokPattern::Parse(std::get<hive::GrokPatterns>(classifier.rules)));
  } else if (kind == "XMLClassifier") {
    classifier.rules = hive::XmlRows{Text(object, "Classification"), Text(object, "RowTag")};
  } else {
    return Fail(Code::kInvalid, "{}: is no kind of classifier", kind);
  }
  return classifier;
}

}  // namespace ticklake::lake::crawler
