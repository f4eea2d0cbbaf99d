#include "aws/glue/crawler_operations.h"

#include <boost/json.hpp>

#include <algorithm>

#include "aws/glue/crawl_filter.h"
#include "aws/glue/crawler_shapes.h"
#include "aws/glue/data_catalog.h"
#include "aws/glue/paging.h"
#include "aws/glue/tag_key.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using lake::crawler::CrawlerView;
using lake::crawler::CrawlRecord;
using lake::crawler::ScheduleOutcome;
using lake::crawler::StopOutcome;
using lake::crawler::StoredClassifier;

constexpr size_t kMostCrawlers = 1000;

std::string ArnOf(const std::string& crawler) {
  return fmt::format("arn:aws:glue:{}:{}:crawler/{}", kRegion, kAccount, crawler);
}

std::string NameOf(const CrawlerView& view) {
  return std::string(view.stored.definition.at("Name").as_string());
}

AwsError ErrorOf(const std::string& name, const Error& error) {
  switch (error.code) {
    case Code::kNotFound:
      return {400, "EntityNotFoundException", fmt::format("Crawler {} not found.", name), {}};
    case Code::kAlreadyExists:
      return {400,
              "AlreadyExistsException",
              fmt::format("Crawler with name {} already exists", name),
              {}};
    case Code::kConflict:
      return {400,
              "CrawlerRunningException",
              fmt::format("Crawler with name {} has already started", name),
              {}};
    default: return FromError(error);
  }
}

template <class T>
AwsResult<T> Named(const std::string& name, Result<T> result) {
  if (!result) return std::unexpected(ErrorOf(name, result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

// Of a definition that is refused: a classifier that is not there is no crawler that is not.
AwsResult<> NamedDefinition(const std::string& name, const Result<void>& result) {
  if (!result && result.error().code == Code::kNotFound &&
      result.error().message.starts_with("Classifiers:")) {
    return std::unexpected(FromError(result.error()));
  }
  return Named(name, result);
}

AwsResult<std::string> NameIn(const Call& call, std::string_view key = "Name") {
  const Members input(call.input);
  std::string name = input.Required(key);
  TL_TRY(input.Check());
  return name;
}

std::string ClassifierName(const json::object& definition) {
  return std::string(definition.begin()->value().as_object().at("Name").as_string());
}

AwsResult<> NamedClassifier(const std::string& name, const Result<void>& result) {
  if (result) return {};
  if (result.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Classifier {} not found.", name);
  }
  if (result.error().code == Code::kAlreadyExists) {
    return AwsFail(400, "AlreadyExistsException", "Classifier with name {} already exists", name);
  }
  return std::unexpected(FromError(result.error()));
}

}  // namespace

std::span<const CrawlerOperations::Row> CrawlerOperations::Rows() {
  using C = CrawlerOperations;
  static constexpr Row kRows[] = {
      {"CreateCrawler", Access::kWrite, &C::CreateCrawler},
      {"UpdateCrawler", Access::kWrite, &C::UpdateCrawler},
      {"DeleteCrawler", Access::kWrite, &C::DeleteCrawler},
      {"GetCrawler", Access::kRead, &C::GetCrawler},
      {"GetCrawlers", Access::kRead, &C::GetCrawlers},
      {"BatchGetCrawlers", Access::kRead, &C::BatchGetCrawlers},
      {"ListCrawlers", Access::kRead, &C::ListCrawlers},
      {"StartCrawler", Access::kWrite, &C::StartCrawler},
      {"StopCrawler", Access::kWrite, &C::StopCrawler},
      {"StartCrawlerSchedule", Access::kWrite, &C::StartCrawlerSchedule},
      {"StopCrawlerSchedule", Access::kWrite, &C::StopCrawlerSchedule},
      {"UpdateCrawlerSchedule", Access::kWrite, &C::UpdateCrawlerSchedule},
      {"GetCrawlerMetrics", Access::kRead, &C::GetCrawlerMetrics},
      {"ListCrawls", Access::kRead, &C::ListCrawls},
      {"CreateClassifier", Access::kWrite, &C::CreateClassifier},
      {"UpdateClassifier", Access::kWrite, &C::UpdateClassifier},
      {"DeleteClassifier", Access::kWrite, &C::DeleteClassifier},
      {"GetClassifier", Access::kRead, &C::GetClassifier},
      {"GetClassifiers", Access::kRead, &C::GetClassifiers}};
  return kRows;
}

std::vector<Operation> CrawlerOperations::Operations() {
  std::vector<Operation> operations;
  for (const Row& row : Rows()) {
    operations.push_back({row.name, row.access, [this, method = row.method](const Call& call) {
                            return (this->*method)(call);
                          }});
  }
  return operations;
}

std::vector<Operation> CrawlerOperations::Refused(std::string_view why) {
  std::vector<Operation> operations;
  for (const Row& row : Rows()) operations.push_back({row.name, row.access, nullptr, why});
  return operations;
}

CrawlerOperations::Answer CrawlerOperations::CreateCrawler(const Call& call) {
  const Members input(call.input);
  const json::object definition = ReadCrawler(input);
  const std::string name = input.Required("Name");
  input.Required("Role", {1, 2048});
  input.RequiredObject("Targets");
  const catalog::Parameters tags = input.Map("Tags");
  TL_TRY(input.Check());
  TL_TRY(NamedDefinition(name, crawlers_.Create(definition)));
  if (!tags.empty()) {
    TL_ASSIGN(const catalog::FactKey key, TagKey(ArnOf(name)));
    const auto kept = catalog_.PutFact({key, json::serialize(json::value_from(tags))},
                                       catalog::FactWrite::kEither);
    if (!kept) return std::unexpected(FromError(kept.error()));
  }
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::UpdateCrawler(const Call& call) {
  const Members input(call.input);
  const json::object members = ReadCrawler(input);
  const std::string name = input.Required("Name");
  TL_TRY(input.Check());
  TL_TRY(NamedDefinition(name, crawlers_.Update(name, members)));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::DeleteCrawler(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  TL_TRY(Named(name, crawlers_.Delete(name)));
  TL_ASSIGN(const catalog::FactKey tags, TagKey(ArnOf(name)));
  const auto deleted = catalog_.DeleteFact(tags);
  if (!deleted && deleted.error().code != Code::kNotFound) {
    return std::unexpected(FromError(deleted.error()));
  }
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::GetCrawler(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  TL_ASSIGN(const CrawlerView view, Named(name, crawlers_.Get(name)));
  return json::object{{"Crawler", Show(view, SystemClock().Now())}};
}

CrawlerOperations::Answer CrawlerOperations::GetCrawlers(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetCrawlers", kMostCrawlers);
  TL_TRY(input.Check());
  TL_ASSIGN(const std::vector<CrawlerView> views, Named("", crawlers_.List()));
  const Nanos now = SystemClock().Now();
  return ShowPage("Crawlers", page, views, NameOf,
                  [now](const CrawlerView& view) { return Show(view, now); });
}

CrawlerOperations::Answer CrawlerOperations::BatchGetCrawlers(const Call& call) {
  const Members input(call.input);
  const std::vector<std::string> names = input.Strings("CrawlerNames", 100);
  TL_TRY(input.Check());
  json::array found;
  json::array missing;
  for (const std::string& name : names) {
    const auto view = crawlers_.Get(name);
    if (view) {
      found.push_back(Show(*view, SystemClock().Now()));
    } else if (view.error().code == Code::kNotFound) {
      missing.emplace_back(name);
    } else {
      return std::unexpected(FromError(view.error()));
    }
  }
  return json::object{{"Crawlers", found}, {"CrawlersNotFound", missing}};
}

CrawlerOperations::Answer CrawlerOperations::ListCrawlers(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "ListCrawlers", kMostCrawlers);
  const catalog::Parameters wanted = input.Map("Tags");
  TL_TRY(input.Check());
  TL_ASSIGN(const std::vector<CrawlerView> views, Named("", crawlers_.List()));
  std::vector<std::string> names;
  for (const CrawlerView& view : views) {
    TL_ASSIGN(const catalog::FactKey key, TagKey(ArnOf(NameOf(view))));
    const auto fact = catalog_.GetFact(key);
    if (!fact && fact.error().code != Code::kNotFound) {
      return std::unexpected(FromError(fact.error()));
    }
    const json::value tags = fact ? json::parse(fact->json) : json::value(json::object());
    const bool matches = std::ranges::all_of(wanted, [&](const auto& tag) {
      const json::value* value = tags.as_object().if_contains(tag.first);
      return value != nullptr && value->as_string() == tag.second;
    });
    if (matches) names.push_back(NameOf(view));
  }
  return ShowPage(
      "CrawlerNames", page, names, [](const std::string& name) { return name; },
      [](const std::string& name) { return json::value(name); });
}

CrawlerOperations::Answer CrawlerOperations::StartCrawler(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  TL_TRY(Named(name, crawlers_.Start(name)));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::StopCrawler(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  TL_ASSIGN(const StopOutcome outcome, Named(name, crawlers_.Stop(name)));
  if (outcome == StopOutcome::kWasStopping) {
    return AwsFail(400, "CrawlerStoppingException", "Crawler with name {} is already stopping",
                   name);
  }
  if (outcome == StopOutcome::kWasNotRunning) {
    return AwsFail(400, "CrawlerNotRunningException", "Crawler with name {} isn't running", name);
  }
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::StartCrawlerSchedule(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call, "CrawlerName"));
  TL_ASSIGN(const ScheduleOutcome outcome, Named(name, crawlers_.Schedule(name, true)));
  if (outcome == ScheduleOutcome::kNoSchedule) {
    return AwsFail(400, "NoScheduleException", "Crawler {} has no schedule", name);
  }
  if (outcome == ScheduleOutcome::kWasSo) {
    return AwsFail(400, "SchedulerRunningException", "The schedule of crawler {} is on already",
                   name);
  }
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::StopCrawlerSchedule(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call, "CrawlerName"));
  TL_ASSIGN(const ScheduleOutcome outcome, Named(name, crawlers_.Schedule(name, false)));
  if (outcome != ScheduleOutcome::kDone) {
    return AwsFail(400, "SchedulerNotRunningException", "The schedule of crawler {} is not on",
                   name);
  }
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::UpdateCrawlerSchedule(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Required("CrawlerName");
  const std::string schedule = input.Text("Schedule", {0, 1024});
  TL_TRY(input.Check());
  TL_TRY(Named(name, crawlers_.Update(name, {{"Schedule", schedule}})));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::GetCrawlerMetrics(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetCrawlerMetrics", kMostCrawlers);
  const std::vector<std::string> wanted = input.Strings("CrawlerNameList", 100);
  TL_TRY(input.Check());
  std::vector<json::object> metrics;
  TL_ASSIGN(const std::vector<CrawlerView> views, Named("", crawlers_.List()));
  for (const CrawlerView& view : views) {
    const std::string name = NameOf(view);
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
    TL_ASSIGN(const std::vector<CrawlRecord> records, Named(name, crawlers_.History(name)));
    metrics.push_back(ShowMetrics(name, records));
  }
  return ShowPage(
      "CrawlerMetricsList", page, metrics,
      [](const json::object& one) { return std::string(one.at("CrawlerName").as_string()); },
      [](const json::object& one) { return one; });
}

CrawlerOperations::Answer CrawlerOperations::ListCrawls(const Call& call) {
  const Members input(call.input);
  const std::string name = input.Required("CrawlerName");
  const Page page = ReadPage(input, "ListCrawls", kMostCrawlers);
  TL_TRY(input.Check());
  TL_ASSIGN(const std::vector<CrawlFilter> filters, CrawlFilter::Read(input));
  const auto records = crawlers_.History(name);
  if (!records && records.error().code == Code::kNotFound) {
    return AwsFail(400, "EntityNotFoundException", "Crawler entry with name {} does not exist",
                   name);
  }
  if (!records) return std::unexpected(FromError(records.error()));
  // Newest first: the page's order is by position.
  std::vector<std::pair<std::string, const CrawlRecord*>> found;
  for (const CrawlRecord& record : *records) {
    const bool matches = std::ranges::all_of(
        filters, [&](const CrawlFilter& filter) { return filter.Matches(record); });
    if (matches) found.emplace_back(fmt::format("{:06}", found.size()), &record);
  }
  return ShowPage(
      "Crawls", page, found, [](const auto& one) { return one.first; },
      [](const auto& one) { return Show(*one.second); });
}

CrawlerOperations::Answer CrawlerOperations::CreateClassifier(const Call& call) {
  const Members input(call.input);
  const json::object definition = ReadClassifier(input, true);
  TL_TRY(input.Check());
  const auto parsed = lake::crawler::ParseClassifier(definition);
  if (!parsed) return std::unexpected(FromError(parsed.error()));
  const StoredClassifier stored{.definition = definition, .updated = SystemClock().Now()};
  TL_TRY(NamedClassifier(parsed->name, crawlers_.store().PutClassifier(parsed->name, stored,
                                                                       catalog::FactWrite::kNew)));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::UpdateClassifier(const Call& call) {
  const Members input(call.input);
  const json::object changes = ReadClassifier(input, false);
  TL_TRY(input.Check());
  const std::string name = ClassifierName(changes);
  auto stored = crawlers_.store().GetClassifier(name);
  if (!stored) return std::unexpected(NamedClassifier(name, Fail(stored.error())).error());
  const std::string_view kind = changes.begin()->key();
  if (!stored->definition.contains(kind)) {
    return AwsFail(400, "InvalidInputException", "Classifier {} is no {}", name, kind);
  }
  for (const auto& [key, value] : changes.begin()->value().as_object()) {
    stored->definition[kind].as_object()[key] = value;
  }
  const auto parsed = lake::crawler::ParseClassifier(stored->definition);
  if (!parsed) return std::unexpected(FromError(parsed.error()));
  ++stored->version;
  stored->updated = SystemClock().Now();
  TL_TRY(NamedClassifier(
      name, crawlers_.store().PutClassifier(name, *stored, catalog::FactWrite::kExisting)));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::DeleteClassifier(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  TL_TRY(NamedClassifier(name, crawlers_.store().DeleteClassifier(name)));
  return json::object();
}

CrawlerOperations::Answer CrawlerOperations::GetClassifier(const Call& call) {
  TL_ASSIGN(const std::string name, NameIn(call));
  const auto stored = crawlers_.store().GetClassifier(name);
  if (!stored) return std::unexpected(NamedClassifier(name, Fail(stored.error())).error());
  return json::object{{"Classifier", Show(*stored)}};
}

CrawlerOperations::Answer CrawlerOperations::GetClassifiers(const Call& call) {
  const Members input(call.input);
  const Page page = ReadPage(input, "GetClassifiers", kMostCrawlers);
  TL_TRY(input.Check());
  TL_ASSIGN(const auto all, Named("", crawlers_.store().ListClassifiers()));
  return ShowPage(
      "Classifiers", page, all,
      [](const StoredClassifier& one) { return ClassifierName(one.definition); },
      [](const StoredClassifier& one) { return Show(one); });
}

}  // namespace ticklake::aws::glue
