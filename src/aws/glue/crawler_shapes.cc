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
constexpr size_t kMaxMessage = 2048;  // bytes: no more characters than that

// Nothing that is shown is an empty text.
void DropEmptyTexts(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& item : *array) DropEmptyTexts(item);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  json::object kept;
  for (auto& [key, member] : *object) {
    if (member.is_string() && member.get_string().empty()) continue;
    DropEmptyTexts(member);
    kept[key] = std::move(member);
  }
  *object = std::move(kept);
}

json::object WithoutEmptyTexts(json::value value) {
  DropEmptyTexts(value);
  return std::move(value.get_object());
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

std::string Shortened(const std::string& message) {
  if (message.size() <= kMaxMessage) return message;
  constexpr std::string_view kMore = "…";
  size_t end = kMaxMessage - kMore.size();
  while ((static_cast<uint8_t>(message[end]) & 0xc0) == 0x80) --end;  // not within a character
  return message.substr(0, end).append(kMore);
}

// What tells of a crawl, be it the last one or one of many.
json::object ShowCrawl(const CrawlRecord& record) {
  std::string stream = record.crawler;
  std::ranges::replace_if(stream, [](char c) { return c == ':' || c == '*'; }, '_');
  json::object shown = {{"LogGroup", "/aws-glue/crawlers"},
                        {"LogStream", stream},
                        {"MessagePrefix", CrawlIdOf(record)},
                        {"StartTime", Seconds(record.started)}};
  if (!record.message.empty()) shown["ErrorMessage"] = Shortened(record.message);
  return shown;
}

json::object ShowLast(const CrawlRecord& record) {
  json::object last = ShowCrawl(record);
  last["Status"] = record.status;
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

}  // namespace

std::string CrawlIdOf(const CrawlRecord& record) {
  const size_t at = record.id.find('-');  // before it, the time of its start
  return at == std::string::npos ? record.id : record.id.substr(at + 1);
}

json::object Show(const CrawlerView& view, Nanos now) {
  const json::object& definition = view.stored.definition;
  json::object shown = {
      {"Classifiers", json::array()},
      {"SchemaChangePolicy",
       {{"UpdateBehavior", "UPDATE_IN_DATABASE"}, {"DeleteBehavior", "DEPRECATE_IN_DATABASE"}}},
      {"RecrawlPolicy", {{"RecrawlBehavior", "CRAWL_EVERYTHING"}}},
      {"LineageConfiguration", {{"CrawlerLineageSettings", "DISABLE"}}},
      {"LakeFormationConfiguration", {{"UseLakeFormationCredentials", false}}}};
  for (const auto& [key, value] : definition) {
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
  return WithoutEmptyTexts(std::move(shown));
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
  json::object shown = ShowCrawl(record);
  shown["CrawlId"] = CrawlIdOf(record);
  shown["DPUHour"] = 0.0;
  for (const auto& [status, state] : kStates) {
    if (record.status == status) shown["State"] = state;
  }
  if (record.ended != 0) shown["EndTime"] = Seconds(record.ended);
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
  return WithoutEmptyTexts(std::move(shown));
}

}  // namespace ticklake::aws::glue
