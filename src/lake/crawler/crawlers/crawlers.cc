#include "lake/crawler/crawlers/crawlers.h"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/uuid.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;
using catalog::FactWrite;

std::string NameOf(const json::object& definition) {
  const json::value* name = definition.if_contains("Name");
  return name != nullptr && name->is_string() ? std::string(name->as_string()) : "";
}

bool HasSchedule(const json::object& definition) {
  const json::value* schedule = definition.if_contains("Schedule");
  return schedule != nullptr && schedule->is_string() && !schedule->as_string().empty();
}

void Count(const std::vector<CrawlPlan>& plans, CrawlRecord& record) {
  for (const CrawlPlan& plan : plans) {
    record.files += static_cast<int64_t>(plan.files);
    for (const TablePlan& table : plan.tables) {
      if (table.action == Action::kCreate) ++record.tables_created;
      if (table.action == Action::kUpdate) ++record.tables_updated;
      if (table.action == Action::kLeave || table.action == Action::kKeep) continue;
      record.partitions_added += std::ssize(table.added);
      record.partitions_updated += std::ssize(table.changed);
      if (plan.behavior == DeleteBehavior::kDelete) {
        record.partitions_deleted += std::ssize(table.gone);
      }
    }
    if (plan.behavior == DeleteBehavior::kDelete) record.tables_deleted += std::ssize(plan.doomed);
    if (plan.behavior == DeleteBehavior::kDeprecate) {
      record.tables_updated += std::ssize(plan.doomed);
    }
  }
}

}  // namespace

Crawlers::Crawlers(CrawlersOptions options)
    : options_(std::move(options)), store_(*options_.catalog) {}

Result<std::unique_ptr<Crawlers>> Crawlers::Open(CrawlersOptions options) {
  std::unique_ptr<Crawlers> crawlers(new Crawlers(std::move(options)));
  TL_TRY(crawlers->RecoverRunning());
  crawlers->pool_ = std::make_unique<ThreadPool>(crawlers->options_.threads, "crawlers");
  if (crawlers->options_.watch_clock) {
    crawlers->watcher_ =
        std::jthread([raw = crawlers.get()](const std::stop_token& stop) { raw->Watch(stop); });
  }
  return crawlers;
}

Crawlers::~Crawlers() {
  watcher_ = {};
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (auto& [name, running] : running_) running.stop.request_stop();
  }
  pool_.reset();
}

Result<void> Crawlers::RecoverRunning() {
  TL_ASSIGN(std::vector<CrawlRecord> left, store_.RunningRecords());
  for (CrawlRecord& record : left) {
    record.status = "FAILED";
    record.message =
        "the process ended during the crawl; the catalog is whole, and the next crawl adds what is "
        "missing";
    record.ended = options_.clock->Now();
    TL_TRY(store_.PutRecord(record));
  }
  return {};
}

Result<void> Crawlers::Check(const json::object& definition) const {
  TL_ASSIGN(const CrawlSpec spec, ParseSpec(definition));
  for (const std::string& name : spec.classifiers) {
    const auto found = store_.GetClassifier(name);
    if (found) continue;
    if (found.error().code != Code::kNotFound) return Fail(found.error());
    return Fail(Code::kNotFound, "Classifiers: there is no classifier {}; create it first", name);
  }
  return {};
}

Result<void> Crawlers::Create(const json::object& definition) {
  TL_TRY(Check(definition));
  StoredCrawler crawler{.definition = definition};
  crawler.scheduled = HasSchedule(definition);
  crawler.updated = options_.clock->Now();
  return store_.Put(NameOf(definition), crawler, FactWrite::kNew);
}

Result<void> Crawlers::Update(const std::string& name, const json::object& members) {
  const std::lock_guard lock(mutex_);
  TL_ASSIGN(StoredCrawler crawler, store_.Get(name));
  if (running_.contains(name)) return Fail(Code::kConflict, "crawler {} is running", name);
  const bool had_schedule = HasSchedule(crawler.definition);
  for (const auto& member : members) crawler.definition[member.key()] = member.value();
  TL_TRY(Check(crawler.definition));
  if (!HasSchedule(crawler.definition)) crawler.scheduled = false;
  if (!had_schedule && HasSchedule(crawler.definition)) crawler.scheduled = true;
  ++crawler.version;
  crawler.updated = options_.clock->Now();
  due_.erase(name);
  return store_.Put(name, crawler, FactWrite::kExisting);
}

Result<void> Crawlers::Delete(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (running_.contains(name)) return Fail(Code::kConflict, "crawler {} is running", name);
  due_.erase(name);
  return store_.Delete(name);
}

Result<CrawlerView> Crawlers::View(StoredCrawler stored) const {
  const std::string name = NameOf(stored.definition);
  CrawlerView view{.stored = std::move(stored)};
  {
    const std::lock_guard lock(mutex_);
    const auto running = running_.find(name);
    if (running != running_.end()) {
      view.state =
          running->second.stop.stop_requested() ? CrawlerState::kStopping : CrawlerState::kRunning;
      view.running_since = running->second.record.started;
    }
  }
  TL_ASSIGN(const std::vector<CrawlRecord> records, store_.Records(name));
  for (const CrawlRecord& record : records) {
    if (record.status == "RUNNING") continue;
    view.last = record;
    break;
  }
  return view;
}

Result<CrawlerView> Crawlers::Get(const std::string& name) const {
  TL_ASSIGN(StoredCrawler stored, store_.Get(name));
  return View(std::move(stored));
}

Result<std::vector<CrawlerView>> Crawlers::List() const {
  TL_ASSIGN(std::vector<StoredCrawler> all, store_.List());
  std::vector<CrawlerView> views;
  for (StoredCrawler& stored : all) {
    TL_ASSIGN(CrawlerView view, View(std::move(stored)));
    views.push_back(std::move(view));
  }
  return views;
}

Result<std::vector<CrawlRecord>> Crawlers::History(const std::string& name) const {
  TL_TRY(store_.Get(name));
  return store_.Records(name);
}

Result<void> Crawlers::Start(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TL_TRY(store_.Get(name));
  if (closing_) return Fail(Code::kCancelled, "crawler {}: the process is ending", name);
  if (running_.contains(name)) return Fail(Code::kConflict, "crawler {} is running already", name);
  CrawlRecord record{.crawler = name, .status = "RUNNING", .started = options_.clock->Now()};
  record.id = fmt::format("{:020}-{}", record.started, Uuid::Random().ToString());
  TL_TRY(store_.PutRecord(record));
  running_.emplace(name, Running{{}, record});
  pool_->Submit([this, name] { Crawl(name); });
  return {};
}

Result<StopOutcome> Crawlers::Stop(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TL_TRY(store_.Get(name));
  const auto running = running_.find(name);
  if (running == running_.end()) return StopOutcome::kWasNotRunning;
  return running->second.stop.request_stop() ? StopOutcome::kStopping : StopOutcome::kWasStopping;
}

Result<ScheduleOutcome> Crawlers::Schedule(const std::string& name, bool on) {
  const std::lock_guard lock(mutex_);
  TL_ASSIGN(StoredCrawler crawler, store_.Get(name));
  if (!HasSchedule(crawler.definition)) return ScheduleOutcome::kNoSchedule;
  if (crawler.scheduled == on) return ScheduleOutcome::kWasSo;
  crawler.scheduled = on;
  due_.erase(name);
  TL_TRY(store_.Put(name, crawler, FactWrite::kExisting));
  return ScheduleOutcome::kDone;
}

Result<std::vector<CrawlPlan>> Crawlers::CrawlNow(const std::string& name,
                                                  const std::stop_token& stop) {
  TL_ASSIGN(const StoredCrawler crawler, store_.Get(name));
  TL_ASSIGN(const CrawlSpec spec, ParseSpec(crawler.definition));
  CrawlRunOptions run{.catalog = options_.catalog,
                      .find = options_.find,
                      .classifiers = {},
                      .now = options_.clock->Now(),
                      .stop = stop};
  for (const std::string& classifier : spec.classifiers) {
    TL_ASSIGN(const StoredClassifier stored, store_.GetClassifier(classifier));
    TL_ASSIGN(Classifier parsed, ParseClassifier(stored.definition));
    run.classifiers.push_back(std::move(parsed));
  }
  return RunCrawl(spec, run);
}

void Crawlers::Crawl(const std::string& name) {
  CrawlRecord record;
  std::stop_token stop;
  {
    const std::lock_guard lock(mutex_);
    const Running& running = running_.at(name);
    record = running.record;
    stop = running.stop.get_token();
  }
  const auto plans = CrawlNow(name, stop);
  record.ended = options_.clock->Now();
  if (plans) {
    record.status = "SUCCEEDED";
    Count(*plans, record);
    const double seconds = static_cast<double>(record.ended - record.started) / kNanosPerSecond;
    const auto kept = store_.PutExplanation(name, options_.explain(*plans, seconds));
    if (!kept)
      spdlog::warn("crawler {}: its explanation is not kept: {}", name, kept.error().message);
  } else {
    record.status = plans.error().code == Code::kCancelled ? "CANCELLED" : "FAILED";
    record.message = plans.error().message;
    spdlog::warn("crawler {}: {}: {}", name, record.status, record.message);
  }
  const auto stored = store_.PutRecord(record);
  if (!stored) spdlog::error("crawler {}: {}", name, stored.error().message);
  const std::lock_guard lock(mutex_);
  running_.erase(name);
  changed_.notify_all();
}

void Crawlers::WaitIdle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return running_.empty(); });
}

void Crawlers::RunDue() {
  const Nanos now = options_.clock->Now();
  const auto all = store_.List();
  if (!all) return;  // told by whoever asks for it
  for (const StoredCrawler& crawler : *all) {
    if (!crawler.scheduled) continue;
    const std::string name = NameOf(crawler.definition);
    const auto spec = ParseSpec(crawler.definition);
    if (!spec || !spec->schedule) continue;
    bool due = false;
    {
      const std::lock_guard lock(mutex_);
      const auto [at, is_new] = due_.try_emplace(name, 0);
      due = !is_new && at->second <= now;
      if (is_new || due) at->second = spec->schedule->Next(now).value_or(INT64_MAX);
    }
    if (!due) continue;
    const auto started = Start(name);  // one that runs still is not started again
    if (!started)
      spdlog::warn("crawler {}: not started by its schedule: {}", name, started.error().message);
  }
}

void Crawlers::Watch(const std::stop_token& stop) {
  std::mutex sleeping;
  while (!stop.stop_requested()) {
    RunDue();
    std::unique_lock lock(sleeping);
    watching_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
  }
}

}  // namespace ticklake::lake::crawler
