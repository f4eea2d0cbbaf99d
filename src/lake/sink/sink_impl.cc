#include "lake/sink/sink_impl.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace ticklake::lake {
namespace {

/// New topics are looked for so often; a query looks by itself.
constexpr Nanos kDiscoverEvery = kNanosPerSecond / 2;
/// How long the watcher sleeps in the reader: the most that a stop waits for it.
constexpr std::chrono::milliseconds kWatchFor{100};
/// A look at all logs may take this part of the watcher's time, for clusters far away.
constexpr int kLookShare = 10;
constexpr std::chrono::milliseconds kDrainTick{10};
/// Failed commits in a row that a drain takes for a passing trouble.
constexpr int kPassingFailures = 3;

}  // namespace

Sink::Impl::Impl(const SinkParts& parts, const SinkOptions& options, std::string cluster_id)
    : parts_(parts),
      options_(options),
      budget_(options.memory_budget),
      topics_(parts.reader ? std::make_unique<TopicRegistry>(
                                 TopicTableParts{parts_.tables, parts_.reader, parts_.clock,
                                                 &budget_, &options_},
                                 std::move(cluster_id))
                           : nullptr),
      committers_({parts_.clock, &budget_, &options_,
                   [this] { return topics_ ? topics_->Tables() : std::vector<TopicTablePtr>(); }}),
      readers_({parts_.reader, &budget_, &options_, [this] { committers_.Nudge(); }}),
      views_({TopicTableParts{parts_.tables, parts_.reader, parts_.clock, &budget_, &options_},
              topics_.get(), &readers_}) {
  if (options_.metrics != nullptr) {
    options_.metrics->Gauge("ticklake_sink_memory_limit_bytes", "Memory budget of the sink")
        .Set(static_cast<double>(options_.memory_budget));
  }
}

Sink::Impl::~Impl() { EndThreads(); }

Result<void> Sink::Impl::CreateDatabase() {
  lake::TableStore& tables = *parts_.tables;
  // Its location is where other engines make tables when they are told no place.
  auto created = tables.catalog().CreateDatabase(
      {.name = options_.database, .location_uri = tables.store().UriOf(options_.database)});
  if (created || created.error().code == Code::kAlreadyExists) return {};
  return created;
}

Result<void> Sink::Impl::Start() {
  if (started_) return {};
  if (options_.commit) TL_TRY(CreateDatabase());
  started_ = true;
  if (!topics_) return {};
  TL_TRY(topics_->Discover());
  readers_.Start();
  if (!options_.commit) return {};
  committers_.Start();
  watcher_ = std::thread([this] { Watch(); });
  return {};
}

void Sink::Impl::Pause(std::chrono::nanoseconds span) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, span, [&] { return stopping_.load(); });
}

Nanos Sink::Impl::LookAtAll() {
  const Nanos started = parts_.clock->Monotonic();
  for (const TopicTablePtr& table : topics_->Tables()) {
    const auto survey = topics_->Look(*table);
    for (const kafka::LogId& log : survey.readable) readers_.Enqueue(table, log, false);
  }
  return parts_.clock->Monotonic() - started;
}

void Sink::Impl::TellMetrics() const {
  Metrics* metrics = options_.metrics;
  if (metrics == nullptr) return;
  metrics
      ->Gauge("ticklake_sink_memory_bytes",
              "Records in memory that are not committed yet, and what committing them needs")
      .Set(static_cast<double>(budget_.used()));
  for (const TableStatus& table : Status()) {
    const Labels labels = {{"table", table.table}};
    metrics->Gauge("ticklake_sink_tail_rows", "Rows decoded and not committed yet", labels)
        .Set(static_cast<double>(table.tail_rows));
    metrics
        ->Gauge("ticklake_sink_lag_records", "Records between the logs' ends and what is decoded",
                labels)
        .Set(static_cast<double>(table.lag));
  }
}

void Sink::Impl::Watch() {
  uint64_t ticket = 0;
  Nanos next_discovery = 0;
  while (!stopping_) {
    ticket = parts_.reader->WaitForChange(ticket, kWatchFor);
    if (stopping_) return;
    if (const Nanos now = parts_.clock->Monotonic(); now >= next_discovery) {
      next_discovery = now + kDiscoverEvery;
      if (const auto found = topics_->Discover(); !found) {
        spdlog::warn("topics cannot be listed, will be tried again: {}", found.error().message);
      }
      TellMetrics();
    }
    const Nanos took = LookAtAll();
    const Nanos interval = std::chrono::nanoseconds(options_.decode_interval).count();
    Pause(std::chrono::nanoseconds(std::max(interval, kLookShare * took)));
  }
}

Result<Sink::Impl::Targets> Sink::Impl::Ends() {
  TL_TRY(topics_->Discover());
  Targets targets;
  for (const TopicTablePtr& table : topics_->Tables()) {
    auto survey = topics_->Look(*table);
    if (survey.error) return Fail(std::move(*survey.error));
    for (const kafka::LogId& log : survey.readable) readers_.Enqueue(table, log, false);
    targets.emplace_back(table, std::move(survey.ends));
  }
  return targets;
}

std::string Sink::Impl::Obstacle(TopicTable& table) {
  std::string stopped = table.tail.Stopped();
  if (!stopped.empty()) return stopped;
  const std::lock_guard lock(table.mutex);
  const TopicTable::State& state = table.state;
  const bool lasting = !state.opened || state.failures > kPassingFailures;
  return lasting ? fmt::format("table '{}': {}", table.tail.table(), state.counts.error) : "";
}

bool Sink::Impl::Settled(TopicTable& table, const LogEnds& ends) {
  if (table.tail.Committed(ends)) return true;
  if (table.tail.Decoded(ends)) committers_.Want(table);
  const std::lock_guard lock(table.mutex);
  return !table.state.opened || table.state.failures > kPassingFailures;
}

Result<void> Sink::Impl::DrainToEnd() {
  if (!topics_ || !options_.commit) {
    return Fail(Code::kInvalid, "sink: it does not commit, so there is nothing to drain");
  }
  TL_ASSIGN(const Targets targets, Ends());
  while (true) {
    bool all = true;
    for (const auto& [table, ends] : targets) all = Settled(*table, ends) && all;
    if (all) break;
    if (stopping_) return Fail(Code::kCancelled, "sink: stopped before the end was reached");
    Pause(kDrainTick);
  }
  for (const auto& [table, ends] : targets) {
    const std::string obstacle = Obstacle(*table);
    if (!obstacle.empty()) return Fail(Code::kIo, "{}", obstacle);
  }
  return {};
}

void Sink::Impl::EndThreads() {
  const std::lock_guard ending(ending_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  readers_.Stop();
  committers_.Stop();
}

Result<void> Sink::Impl::Stop(std::chrono::milliseconds patience) {
  const std::lock_guard ending(ending_);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return {};
    stopped_ = true;
    stopping_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  readers_.Stop();
  Result<void> outcome;
  if (started_ && topics_ && options_.commit) outcome = committers_.CommitAll(patience);
  committers_.Stop();
  return outcome;
}

std::vector<TableStatus> Sink::Impl::Status() const {
  std::vector<TableStatus> all;
  if (!topics_) return all;
  for (const TopicTablePtr& table : topics_->Tables()) {
    TableStatus status;
    {
      const std::lock_guard lock(table->mutex);
      status = table->state.counts;
    }
    const TailSize size = table->tail.Size();
    status.table = table->tail.table();
    status.topic = table->tail.topic();
    status.tail_rows = size.rows;
    status.tail_bytes = size.bytes;
    status.logs = table->tail.Status();
    for (const LogStatus& log : status.logs) {
      status.lag += std::max<int64_t>(0, log.end - log.decoded);
      if (status.error.empty()) status.error = log.error;
    }
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace ticklake::lake
