// What CreateCrawler and CreateClassifier are given.

#include <boost/json.hpp>

#include "aws/glue/crawler_shapes.h"
#include "aws/glue/fields.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using enum Field::Kind;

constexpr TextLimits kPath{1, 2000};
constexpr TextLimits kGlob{0, 2000};
constexpr TextLimits kConfiguration{0, 409'600, true};
constexpr TextLimits kOneCharacter{1, 1};

constexpr std::string_view kUpdateBehaviors[] = {"LOG", "UPDATE_IN_DATABASE"};
constexpr std::string_view kDeleteBehaviors[] = {"LOG", "DELETE_FROM_DATABASE",
                                                 "DEPRECATE_IN_DATABASE"};
constexpr std::string_view kRecrawlBehaviors[] = {"CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY",
                                                  "CRAWL_EVENT_MODE"};
constexpr std::string_view kLineage[] = {"ENABLE", "DISABLE"};
constexpr std::string_view kHeaders[] = {"UNKNOWN", "PRESENT", "ABSENT"};
constexpr std::string_view kSerdes[] = {"OpenCSVSerDe", "LazySimpleSerDe", "None"};

constexpr Field kS3Target[] = {{.name = "Path", .limits = kPath, .required = true},
                               {.name = "Exclusions", .kind = kTexts, .limits = kGlob},
                               {.name = "ConnectionName"},
                               {.name = "SampleSize", .kind = kNumber, .limits = {1, 249}},
                               {.name = "EventQueueArn"},
                               {.name = "DlqEventQueueArn"}};
constexpr Field kIcebergTarget[] = {
    {.name = "Paths", .kind = kTexts, .limits = kPath},
    {.name = "ConnectionName"},
    {.name = "Exclusions", .kind = kTexts, .limits = kGlob},
    {.name = "MaximumTraversalDepth", .kind = kNumber, .limits = {1, 64}}};
constexpr Field kCatalogTarget[] = {
    {.name = "DatabaseName", .limits = kName, .required = true},
    {.name = "Tables", .kind = kTexts, .limits = kName, .required = true},
    {.name = "ConnectionName"},
    {.name = "EventQueueArn"},
    {.name = "DlqEventQueueArn"}};

struct TargetKind {
  std::string_view name;
  std::span<const Field> fields;
};
constexpr TargetKind kTargetKinds[] = {{"S3Targets", kS3Target},
                                       {"IcebergTargets", kIcebergTarget},
                                       {"CatalogTargets", kCatalogTarget}};
// A crawler with one of these is refused by ParseSpec.
constexpr std::string_view kOtherTargets[] = {"JdbcTargets", "MongoDBTargets", "DynamoDBTargets",
                                              "DeltaTargets", "HudiTargets"};

constexpr Field kCrawler[] = {{.name = "Name", .limits = kName, .required = true},
                              {.name = "Role", .limits = {0, 2048}},
                              {.name = "DatabaseName", .limits = {0, 255}},
                              {.name = "Description"},
                              {.name = "TablePrefix", .limits = {0, 128}},
                              {.name = "Schedule", .limits = {0, 1024}},
                              {.name = "Configuration", .limits = kConfiguration},
                              {.name = "CrawlerSecurityConfiguration", .limits = {0, 128}},
                              {.name = "Classifiers", .kind = kTexts, .limits = kName}};
constexpr Field kChangePolicy[] = {{.name = "UpdateBehavior", .one_of = kUpdateBehaviors},
                                   {.name = "DeleteBehavior", .one_of = kDeleteBehaviors}};
constexpr Field kRecrawlPolicy[] = {{.name = "RecrawlBehavior", .one_of = kRecrawlBehaviors}};
constexpr Field kLineageSettings[] = {{.name = "CrawlerLineageSettings", .one_of = kLineage}};
constexpr Field kLakeFormation[] = {{.name = "UseLakeFormationCredentials", .kind = kFlag},
                                    {.name = "AccountId", .limits = {0, 12}}};

struct Structure {
  std::string_view name;
  std::span<const Field> fields;
};
constexpr Structure kStructures[] = {{"SchemaChangePolicy", kChangePolicy},
                                     {"RecrawlPolicy", kRecrawlPolicy},
                                     {"LineageConfiguration", kLineageSettings},
                                     {"LakeFormationConfiguration", kLakeFormation}};

constexpr Field kCsv[] = {{.name = "Name", .limits = kName, .required = true},
                          {.name = "Delimiter", .limits = kOneCharacter},
                          {.name = "QuoteSymbol", .limits = kOneCharacter},
                          {.name = "ContainsHeader", .one_of = kHeaders},
                          {.name = "Header", .kind = kTexts, .limits = kName},
                          {.name = "DisableValueTrimming", .kind = kFlag},
                          {.name = "AllowSingleColumn", .kind = kFlag},
                          {.name = "CustomDatatypeConfigured", .kind = kFlag},
                          {.name = "CustomDatatypes", .kind = kTexts, .limits = kName},
                          {.name = "Serde", .one_of = kSerdes}};
constexpr Field kJson[] = {{.name = "Name", .limits = kName, .required = true},
                           {.name = "JsonPath"}};
constexpr Field kGrok[] = {{.name = "Name", .limits = kName, .required = true},
                           {.name = "Classification"},
                           {.name = "GrokPattern", .limits = {1, 2048, true}},
                           {.name = "CustomPatterns", .limits = {0, 16'000, true}}};
constexpr Field kXml[] = {{.name = "Name", .limits = kName, .required = true},
                          {.name = "Classification"},
                          {.name = "RowTag"}};

struct ClassifierKind {
  std::string_view name;
  std::span<const Field> fields;
  std::span<const std::string_view> to_create;  // what a new one must have
};
constexpr std::string_view kOfJson[] = {"JsonPath"};
constexpr std::string_view kOfGrok[] = {"Classification", "GrokPattern"};
constexpr std::string_view kOfXml[] = {"Classification"};
constexpr ClassifierKind kClassifierKinds[] = {{"CsvClassifier", kCsv, {}},
                                               {"JsonClassifier", kJson, kOfJson},
                                               {"GrokClassifier", kGrok, kOfGrok},
                                               {"XMLClassifier", kXml, kOfXml}};

json::object TakeTargets(const Members& input) {
  constexpr size_t kMost = 1000;
  json::object targets;
  for (const TargetKind& kind : kTargetKinds) {
    if (!input.Has(kind.name)) continue;
    json::array list;
    for (const Members& target : input.Objects(kind.name, kMost)) {
      list.push_back(Take(target, kind.fields));
    }
    targets[kind.name] = std::move(list);
  }
  for (const std::string_view kind : kOtherTargets) {
    if (!input.Has(kind)) continue;
    input.Objects(kind, kMost);
    targets[kind] = input.raw().at(kind);
  }
  return targets;
}

}  // namespace

json::object ReadCrawler(const Members& input) {
  json::object definition = Take(input, kCrawler);
  for (const Structure& structure : kStructures) {
    if (const auto given = input.Object(structure.name)) {
      definition[structure.name] = Take(*given, structure.fields);
    }
  }
  if (const auto targets = input.Object("Targets")) definition["Targets"] = TakeTargets(*targets);
  return definition;
}

json::object ReadClassifier(const Members& input, bool is_new) {
  json::object definition;
  for (const ClassifierKind& kind : kClassifierKinds) {
    const auto given = input.Object(kind.name);
    if (!given) continue;
    definition[kind.name] = Take(*given, kind.fields);
    if (!is_new) continue;
    for (const std::string_view member : kind.to_create) given->RequireMember(member);
  }
  if (definition.size() != 1) {
    input.Refuse(
        "one of CsvClassifier, JsonClassifier, GrokClassifier and XMLClassifier is wanted");
  }
  return definition;
}

}  // namespace ticklake::aws::glue
