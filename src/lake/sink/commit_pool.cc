#include "lake/sink/commit_pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace ticklake::lake {
namespace {

/// How often the clock is looked at while nobody asks.
constexpr std::chrono::milliseconds kTick{50};
/// Positions without rows (tombstones, holes) are worth a snapshot less often.
constexpr int kIdleFactor = 6;
constexpr Nanos kFirstPause = kNanosPerSecond / 4;
constexpr Nanos kLongestPause = 30 * kNanosPerSecond;
constexpr Nanos kTellEarlyEvery = 60 * kNanosPerSecond;

Nanos PauseAfter(int failures) {
  return std::min(kLongestPause, kFirstPause << std::min(failures, 10));
}

}  // namespace

CommitPool::CommitPool(CommitPoolParts parts) : parts_(std::move(parts)) {}

CommitPool::~CommitPool() { Stop(); }

void CommitPool::Start() {
  for (int i = 0; i < parts_.options->commit_threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

void CommitPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void CommitPool::Nudge() { changed_.notify_one(); }

void CommitPool::Want(TopicTable& table) {
  {
    const std::lock_guard lock(table.mutex);
    table.state.wanted = true;
  }
  changed_.notify_one();
}

bool CommitPool::Due(TopicTable& table, const TailSize& size) const {
  if (!size.pending) return false;
  const std::lock_guard lock(table.mutex);
  const TopicTable::State& state = table.state;
  const Nanos now = parts_.clock->Monotonic();
  if (state.committing || now < state.retry_at) return false;
  const SinkOptions& options = *parts_.options;
  const int64_t records = size.rows + size.dead;
  if (state.wanted || records >= options.flush_rows || size.bytes >= options.flush_bytes) {
    return true;
  }
  const Nanos interval = std::chrono::nanoseconds(options.flush_interval).count();
  return now - size.since >= (records > 0 ? interval : kIdleFactor * interval);
}

TopicTablePtr CommitPool::Claim() {
  TopicTablePtr greatest;
  int64_t greatest_bytes = 0;
  TopicTablePtr chosen;
  for (const TopicTablePtr& table : parts_.tables()) {
    const TailSize size = table->tail.Size();
    if (Due(*table, size)) {
      chosen = table;
      break;
    }
    const std::lock_guard lock(table->mutex);
    const bool free =
        !table->state.committing && parts_.clock->Monotonic() >= table->state.retry_at;
    if (free && size.pending && size.bytes > greatest_bytes) {
      greatest = table;
      greatest_bytes = size.bytes;
    }
  }
  const bool early = !chosen && parts_.budget->Pressed();
  if (early) chosen = greatest;
  if (!chosen) return nullptr;
  {
    const std::lock_guard lock(chosen->mutex);
    if (chosen->state.committing) return nullptr;
    chosen->state.committing = true;
    chosen->state.early = early;
  }
  if (early) TellEarly(*chosen);
  return chosen;
}

void CommitPool::TellEarly(const TopicTable& table) {
  const Nanos now = parts_.clock->Monotonic();
  if (now < tell_early_at_.exchange(now + kTellEarlyEvery)) return;
  spdlog::warn(
      "memory budget: {} of {} MiB are taken, so table '{}' is committed early, and reading may "
      "wait (told once a minute; metric ticklake_sink_early_commits_total)",
      parts_.budget->used() >> 20, parts_.budget->limit() >> 20, table.tail.table());
}

void CommitPool::Run() {
  while (true) {
    TopicTablePtr table = Claim();
    if (table) {
      Commit(*table);
      continue;
    }
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    changed_.wait_for(lock, kTick);
    if (stopping_) return;
  }
}

void CommitPool::Commit(TopicTable& table) {
  const Nanos started = parts_.clock->Monotonic();
  const auto outcome = table.committer.CommitOnce();
  const bool early = Book(table, outcome, started);
  // Its readers stop at that share from now on; what they took before is not to stop the others.
  if (!outcome && parts_.budget->Pressed()) {
    table.tail.GiveBack(parts_.budget->failing_share());
  }
  if (outcome && !outcome->ranges.empty()) Report(table, *outcome, early);
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

bool CommitPool::Book(TopicTable& table, const Result<Committed>& outcome, Nanos started) {
  const std::lock_guard lock(table.mutex);
  TopicTable::State& state = table.state;
  state.committing = false;
  state.tried = true;
  if (!outcome) {
    state.retry_at = parts_.clock->Monotonic() + PauseAfter(state.failures++);
    if (state.counts.error != outcome.error().message) {
      spdlog::error("table '{}': commit failed, will be tried again: {}", table.tail.table(),
                    outcome.error().message);
    }
    state.counts.error = outcome.error().message;
    return state.early;
  }
  state.failures = 0;
  state.retry_at = 0;
  state.counts.error.clear();
  state.wanted = outcome->partial;
  if (outcome->ranges.empty()) return state.early;
  state.counts.committed_rows += outcome->rows;
  state.counts.committed_dead += outcome->dead;
  ++state.counts.commits;
  state.counts.early_commits += state.early ? 1 : 0;
  state.counts.last_commit = parts_.clock->Now();
  state.counts.last_commit_took = parts_.clock->Monotonic() - started;
  return state.early;
}

void CommitPool::Report(const TopicTable& table, const Committed& committed, bool early) const {
  if (Metrics* metrics = parts_.options->metrics) {
    const Labels labels = {{"table", table.tail.table()}};
    metrics->Counter("ticklake_sink_rows_total", "Rows committed", labels)
        .Add(static_cast<double>(committed.rows));
    metrics->Counter("ticklake_sink_dead_letters_total", "Dead letters committed", labels)
        .Add(static_cast<double>(committed.dead));
    metrics->Counter("ticklake_sink_commits_total", "Commits", labels).Increment();
    metrics
        ->Counter("ticklake_sink_early_commits_total",
                  "Commits before it was time, for the memory budget's sake", labels)
        .Add(early ? 1 : 0);
  }
  if (!parts_.options->on_committed) return;
  std::vector<CommittedOffset> offsets;
  offsets.reserve(committed.ranges.size());
  for (const Range& range : committed.ranges) {
    offsets.push_back({range.log, range.topic, range.to});
  }
  parts_.options->on_committed(offsets);
}

Result<void> CommitPool::CommitAll(std::chrono::milliseconds patience) {
  const auto tables = parts_.tables();
  for (const TopicTablePtr& table : tables) {
    const std::lock_guard lock(table->mutex);
    table->state.wanted = true;
    table->state.tried = false;
    table->state.retry_at = 0;
  }
  changed_.notify_all();
  const auto settled = [&] {
    for (const TopicTablePtr& table : tables) {
      const bool pending = table->tail.Size().pending;
      const std::lock_guard lock(table->mutex);
      TopicTable::State& state = table->state;
      if (state.committing) return false;
      if (!pending || (state.tried && !state.counts.error.empty())) continue;
      state.wanted = true;  // a commit that was under way may have covered a part only
      return false;
    }
    return true;
  };
  std::unique_lock lock(mutex_);
  const Nanos deadline = parts_.clock->Monotonic() + std::chrono::nanoseconds(patience).count();
  while (!settled()) {
    if (parts_.clock->Monotonic() >= deadline) {
      return Fail(Code::kTimeout,
                  "sink: the last commit did not end within {} ms; what it left out is read again "
                  "after the next start",
                  patience.count());
    }
    changed_.wait_for(lock, kTick);
  }
  for (const TopicTablePtr& table : tables) {
    const bool pending = table->tail.Size().pending;
    const std::lock_guard table_lock(table->mutex);
    if (!pending) continue;
    return Fail(Code::kIo,
                "table '{}': {}; what is not committed is read again after the next "
                "start",
                table->tail.table(), table->state.counts.error);
  }
  return {};
}

}  // namespace ticklake::lake
