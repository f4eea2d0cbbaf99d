#include "aws/glue/crawler_shapes.h"

#include <boost/json.hpp>

#include <algorithm>

#include "aws/glue/shapes.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using lake::crawler::CrawlerState;
using lake::crawler::CrawlerView;
using lake::crawler::CrawlRecord;

constexpr const char* kTargets[] = {"S3Targets",       "JdbcTargets",    "MongoDBTargets",
                                    "DynamoDBTargets", "CatalogTargets", "DeltaTargets",
                                    "IcebergTargets",  "HudiTargets"};
constexpr const char* kClassifierKinds[] = {"CsvClassifier", "JsonClassifier", "GrokClassifier",
                                            "XMLClassifier"};
constexpr TextLimits kPath{1, 2000};
constexpr TextLimits kConfiguration{0, 409'600, true};

// Copies a member, as it came, if it is there.
void Keep(const Members& input, std::string_view key, json::object& into) {
  if (input.Has(key)) into[key] = input.raw().at(key);
}

void CheckTargets(const Members& targets) {
  for (const Members& target : targets.Objects("S3Targets", 1000)) {
    target.Required("Path", kPath);
    target.Strings("Exclusions", 100, {0, 2000});
    target.Int("SampleSize", 1, 249, 1);
  }
  for (const Members& target : targets.Objects("IcebergTargets", 1000)) {
    target.Strings("Paths", 1000, kPath);
    target.Strings("Exclusions", 100, {0, 2000});
    target.Int("MaximumTraversalDepth", 1, 64, 10);
  }
  for (const Members& target : targets.Objects("CatalogTargets", 1000)) {
    target.Required("DatabaseName");
    target.Strings("Tables", 1000);
  }
  for (const char* kind : kTargets) targets.Objects(kind, 1000);
}

json::object ShowTargets(const json::object& definition) {
  json::object shown;
  for (const char* kind : kTargets) shown[kind] = json::array();
  if (const json::value* targets = definition.if_contains("Targets")) {
    for (const auto& [kind, list] : targets->as_object()) shown[kind] = list;
  }
  for (const char* kind : {"S3Targets", "IcebergTargets"}) {
    for (json::value& target : shown[kind].as_array()) {
      if (!target.as_object().contains("Exclusions")) {
        target.as_object()["Exclusions"] = json::array();
      }
    }
  }
  return shown;
}

std::string_view StateName(CrawlerState state) {
  switch (state) {
    case CrawlerState::kReady: return "READY";
    case CrawlerState::kRunning: return "RUNNING";
    case CrawlerState::kStopping: return "STOPPING";
  }
  return "";
}

json::object ShowLast(const CrawlRecord& record) {
  json::object last = {{"Status", record.status},
                       {"LogGroup", "/aws-glue/crawlers"},
                       {"LogStream", record.crawler},
                       {"MessagePrefix", record.id},
                       {"StartTime", Seconds(record.started)}};
  if (!record.message.empty()) last["ErrorMessage"] = record.message;
  return last;
}

// Glue shows a role by its name alone.
std::string RoleName(const json::object& definition) {
  const json::value* role = definition.if_contains("Role");
  if (role == nullptr || !role->is_string()) return "";
  const std::string text(role->as_string());
  const size_t at = text.starts_with("arn:") ? text.find(":role/") : std::string::npos;
  return at == std::string::npos ? text : text.substr(at + 6);
}

double SecondsOf(const CrawlRecord& record) {
  return static_cast<double>(record.ended - record.started) / kNanosPerSecond;
}

void CheckClassifier(const Members& object, std::string_view kind) {
  object.Required("Name");
  if (kind == "CsvClassifier") {
    object.Text("Delimiter", {1, 1});
    object.Text("QuoteSymbol", {1, 1});
    object.Strings("Header", 4000, kName);
    object.Bool("DisableValueTrimming");
    object.Bool("AllowSingleColumn");
    object.Bool("CustomDatatypeConfigured");
    object.Strings("CustomDatatypes", 4000, kName);
    object.Text("ContainsHeader");
    object.Text("Serde");
  } else if (kind == "JsonClassifier") {
    object.Text("JsonPath", {0, 2048});
  } else {
    object.Text("Classification");
    object.Text("GrokPattern", {1, 2048, true});
    object.Text("CustomPatterns", {0, 16'000, true});
    object.Text("RowTag");
  }
}

}  // namespace

json::object ReadCrawler(const Members& input) {
  input.Required("Name");
  input.Text("Role", {0, 2048});
  input.Text("DatabaseName");
  input.Text("Description", kDescription);
  input.Text("TablePrefix", {0, 128});
  input.Text("Schedule", {0, 1024});
  input.Text("Configuration", kConfiguration);
  input.Text("CrawlerSecurityConfiguration", {0, 128});
  input.Strings("Classifiers", 1000);
  if (const auto targets = input.Object("Targets")) CheckTargets(*targets);
  for (const char* object : {"SchemaChangePolicy", "RecrawlPolicy", "LineageConfiguration",
                             "LakeFormationConfiguration"}) {
    input.Object(object);
  }
  json::object definition;
  for (const char* key :
       {"Name", "Role", "DatabaseName", "Description", "Targets", "Schedule", "Classifiers",
        "TablePrefix", "SchemaChangePolicy", "RecrawlPolicy", "LineageConfiguration",
        "LakeFormationConfiguration", "Configuration", "CrawlerSecurityConfiguration"}) {
    Keep(input, key, definition);
  }
  return definition;
}

json::object Show(const CrawlerView& view, Nanos now) {
  const json::object& definition = view.stored.definition;
  json::object shown = {
      {"Classifiers", json::array()},
      {"SchemaChangePolicy",
       {{"UpdateBehavior", "UPDATE_IN_DATABASE"}, {"DeleteBehavior", "DEPRECATE_IN_DATABASE"}}},
      {"RecrawlPolicy", {{"RecrawlBehavior", "CRAWL_EVERYTHING"}}},
      {"LineageConfiguration", {{"CrawlerLineageSettings", "DISABLE"}}},
      {"LakeFormationConfiguration", {{"UseLakeFormationCredentials", false}, {"AccountId", ""}}}};
  for (const auto& [key, value] : definition) {
    if (value.is_string() && value.as_string().empty()) continue;
    if (value.is_object() && shown.contains(key)) {
      for (const auto& [name, part] : value.as_object()) shown[key].as_object()[name] = part;
    } else {
      shown[key] = value;
    }
  }
  shown["Targets"] = ShowTargets(definition);
  shown["Role"] = RoleName(definition);
  shown.erase("Schedule");
  if (const json::value* schedule = definition.if_contains("Schedule");
      schedule != nullptr && !schedule->as_string().empty()) {
    shown["Schedule"] = {{"ScheduleExpression", *schedule},
                         {"State", view.stored.scheduled ? "SCHEDULED" : "NOT_SCHEDULED"}};
  }
  shown["State"] = StateName(view.state);
  shown["CrawlElapsedTime"] =
      view.running_since == 0 ? 0 : (now - view.running_since) / kNanosPerMilli;
  shown["CreationTime"] = Seconds(view.stored.created);
  shown["LastUpdated"] = Seconds(view.stored.updated);
  shown["Version"] = view.stored.version;
  if (view.last) shown["LastCrawl"] = ShowLast(*view.last);
  return shown;
}

json::object ShowMetrics(const std::string& name, const std::vector<CrawlRecord>& records) {
  std::vector<double> runtimes;
  const CrawlRecord* last = nullptr;
  for (const CrawlRecord& record : records) {
    if (record.ended == 0) continue;
    if (last == nullptr) last = &record;
    runtimes.push_back(SecondsOf(record));
  }
  const double last_runtime = runtimes.empty() ? 0 : runtimes.front();
  std::ranges::sort(runtimes);
  const double median = runtimes.empty() ? 0 : runtimes[runtimes.size() / 2];
  return {{"CrawlerName", name},
          {"TimeLeftSeconds", 0.0},
          {"StillEstimating", !records.empty() && records.front().ended == 0},
          {"LastRuntimeSeconds", last_runtime},
          {"MedianRuntimeSeconds", median},
          {"TablesCreated", last == nullptr ? 0 : last->tables_created},
          {"TablesUpdated", last == nullptr ? 0 : last->tables_updated},
          {"TablesDeleted", last == nullptr ? 0 : last->tables_deleted}};
}

json::object Show(const CrawlRecord& record) {
  static constexpr std::pair<std::string_view, std::string_view> kStates[] = {
      {"RUNNING", "RUNNING"},
      {"SUCCEEDED", "COMPLETED"},
      {"FAILED", "FAILED"},
      {"CANCELLED", "STOPPED"}};
  json::object shown = {{"CrawlId", record.id},
                        {"StartTime", Seconds(record.started)},
                        {"LogGroup", "/aws-glue/crawlers"},
                        {"LogStream", record.crawler},
                        {"MessagePrefix", record.id},
                        {"DPUHour", 0.0}};
  for (const auto& [status, state] : kStates) {
    if (record.status == status) shown["State"] = state;
  }
  if (record.ended != 0) shown["EndTime"] = Seconds(record.ended);
  if (!record.message.empty()) shown["ErrorMessage"] = record.message;
  const json::object summary = {{"TABLE",
                                 {{"ADD", record.tables_created},
                                  {"UPDATE", record.tables_updated},
                                  {"DELETE", record.tables_deleted}}},
                                {"PARTITION",
                                 {{"ADD", record.partitions_added},
                                  {"UPDATE", record.partitions_updated},
                                  {"DELETE", record.partitions_deleted}}}};
  shown["Summary"] = json::serialize(summary);
  return shown;
}

json::object ReadClassifier(const Members& input) {
  json::object definition;
  for (const char* kind : kClassifierKinds) {
    const auto object = input.Object(kind);
    if (!object) continue;
    CheckClassifier(*object, kind);
    definition[kind] = object->raw();
  }
  if (definition.size() != 1) {
    input.Refuse(
        "one of CsvClassifier, JsonClassifier, GrokClassifier and XMLClassifier is wanted");
  }
  return definition;
}

json::object Show(const lake::crawler::StoredClassifier& classifier) {
  json::object shown = classifier.definition;
  for (auto& member : shown) {
    json::object& object = member.value().as_object();
    object["CreationTime"] = Seconds(classifier.created);
    object["LastUpdated"] = Seconds(classifier.updated);
    object["Version"] = classifier.version;
    if (member.key() != "CsvClassifier") continue;
    for (const char* flag : {"DisableValueTrimming", "AllowSingleColumn"}) {
      if (!object.contains(flag)) object[flag] = false;
    }
    if (!object.contains("ContainsHeader")) object["ContainsHeader"] = "UNKNOWN";
  }
  return shown;
}

}  // namespace ticklake::aws::glue
