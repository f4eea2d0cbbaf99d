// Cost stays flat: a day of commits every ten seconds, by a clock that is moved by hand.
//
// Three topics on the in-memory disk: trades (two partitions, by day), quotes, and one of any shape
// with dead letters and tombstones. What a commit does, what a query start costs and what is left
// on disk is looked at over the hours and must not grow. A short form runs always, the whole day
// with TICKLAKE_LONG=1; its table is in docs/iceberg.md.
#include <gtest/gtest.h>

#include "base/test_report.h"
#include "lake/maintenance/maintainer.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

constexpr int kStepsAnHour = 360;
constexpr int kTables = 4;  // with the dead letters'

/// What one look finds; all tables together.
struct Cost {
  double hour = 0;
  int64_t live_files = 0;    ///< data files of the newest snapshots
  int64_t data_objects = 0;  ///< data files on disk
  int64_t metadata_objects = 0;
  int64_t manifests = 0;      ///< of the newest snapshots
  int64_t version_bytes = 0;  ///< the newest metadata files
  double disk_mb = 0;
  double live_mb = 0;       ///< of disk_mb, live data files
  double commit_calls = 0;  ///< files and folders written, synced, renamed, deleted; of a commit
  double commit_reads = 0;
  double commit_ms = 0;
  double query_us = 0;  ///< from View to the list of files
  double resident_mb = 0;
};

class Day {
 public:
  explicit Day(Nanos start) : clock_(start), lake_(clock_) {
    Random random(1);
    trades_ = log_.AddTopic("trades", 2, random);
    quotes_ = log_.AddTopic("quotes", 1, random);
    events_ = log_.AddTopic("events", 1, random);
    SinkOptions options;
    options.metrics = &metrics_;
    sink_ = lake_.Start(log_, options);
    MaintenanceOptions upkeep;
    upkeep.metrics = &metrics_;
    maintainer_ = std::make_unique<Maintainer>(*lake_.tables, clock_, upkeep);
  }

  void Step() {
    for (int n = 0; n < 10; ++n) Append(trades_, n % 2, Trade());
    for (int n = 0; n < 5; ++n) Append(quotes_, 0, Quote());
    for (int n = 0; n < 3; ++n)
      Append(events_, 0, fmt::format(R"({{"n":{},"note":"x"}})", ++rows_));
    Append(events_, 0, "no json");
    Append(events_, 0, std::nullopt);
    clock_.Advance(10 * kNanosPerSecond);
    const auto before = lake_.fs.counts();
    const Nanos started = SystemClock().Monotonic();
    ASSERT_TRUE(sink_->DrainToEnd());
    commit_ns_ += SystemClock().Monotonic() - started;
    const auto after = lake_.fs.counts();
    calls_ += Changes(after) - Changes(before);
    reads_ += after.reads - before.reads;
    commits_ += kTables;
    if (++steps_ % 3 == 0) {
      ASSERT_TRUE(maintainer_->RunOnce());
    }
    if (steps_ % 100 == 0) Forget();
  }

  Cost Look() {
    Cost cost;
    cost.hour = static_cast<double>(steps_) / kStepsAnHour;
    const auto tables = *lake_.catalog.ListTables("market");
    for (const catalog::Table& entry : tables) {
      const TableState state = *lake_.tables->Load("market", entry.name);
      const auto live = *lake_.tables->LiveFiles(state);
      for (const auto& file : live) {
        ++cost.live_files;
        cost.live_mb += static_cast<double>(file.file_size) / 1e6;
      }
      // A store that knows nothing reads what the newest version consists of.
      const auto reads = lake_.fs.counts().reads;
      TableStore fresh(lake_.catalog, *lake_.store, clock_);
      EXPECT_TRUE(fresh.LiveFiles(*fresh.Load("market", entry.name)));
      cost.manifests += static_cast<int64_t>(lake_.fs.counts().reads - reads) - 2;
      const auto& location = entry.parameters.at(catalog::kMetadataLocation);
      cost.version_bytes +=
          static_cast<int64_t>(lake_.store->Head(*lake_.store->KeyOf(location))->size);
      const Nanos started = SystemClock().Monotonic();
      EXPECT_TRUE(sink_->View("market", entry.name, std::chrono::seconds(10)));
      cost.query_us += static_cast<double>(SystemClock().Monotonic() - started) / 1e3;
    }
    const auto objects = *lake_.store->List("market/");
    for (const auto& object : objects) {
      const bool data = object.key.contains("/data/");
      ++(data ? cost.data_objects : cost.metadata_objects);
      cost.disk_mb += static_cast<double>(object.size) / 1e6;
    }
    const auto commits = static_cast<double>(std::max<int64_t>(1, commits_));
    cost.commit_calls = static_cast<double>(calls_) / commits;
    cost.commit_reads = static_cast<double>(reads_) / commits;
    cost.commit_ms = static_cast<double>(commit_ns_) / 1e6 / commits;
    commits_ = commit_ns_ = 0;
    calls_ = reads_ = 0;
    cost.resident_mb = ResidentMegabytes();
    return cost;
  }

  size_t metrics() const { return metrics_.Collect().size(); }
  Sink& sink() { return *sink_; }
  store::ObjectStore& store() { return *lake_.store; }
  int64_t trades() const { return traded_; }

 private:
  static uint64_t Changes(const MemoryFileSystem::Counts& counts) {
    return counts.changes + counts.syncs + counts.dir_syncs;
  }
  std::string Trade() {
    ++traded_;
    return fmt::format(
        R"({{"ts_event":{},"symbol":"S{}","price":{}.25,"size":{},"side":"B","sequence":{}}})",
        clock_.Now() + traded_, traded_ % 5, 100 + traded_ % 7, 1 + traded_ % 3, traded_);
  }
  std::string Quote() {
    ++rows_;
    return fmt::format(
        R"({{"ts_event":{},"symbol":"S{}","bid_px_00":{}.25,"ask_px_00":{}.5,"sequence":{}}})",
        clock_.Now() + rows_, rows_ % 5, 100 + rows_ % 7, 100 + rows_ % 7, rows_);
  }
  void Append(const kafka::TopicInfo& topic, int32_t partition, std::optional<std::string> value) {
    log_.Append(LogOf(topic, partition), std::move(value));
  }
  /// Retention: the log does not grow in this test's own memory.
  void Forget() {
    for (const auto& topic : {trades_, quotes_, events_}) {
      for (int32_t partition = 0; partition < topic.partitions; ++partition) {
        const kafka::LogId log = LogOf(topic, partition);
        log_.Truncate(log, log_.Bounds(log)->durable_end);
      }
    }
  }

  ManualClock clock_;
  Lake lake_;
  FakeLog log_;
  Metrics metrics_;
  kafka::TopicInfo trades_, quotes_, events_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Maintainer> maintainer_;
  int steps_ = 0;
  int64_t traded_ = 0;
  int64_t rows_ = 0;
  int64_t commits_ = 0;
  Nanos commit_ns_ = 0;
  uint64_t calls_ = 0;
  uint64_t reads_ = 0;
};

std::string TableOf(const std::vector<Cost>& costs) {
  std::string text =
      "| hour | live files | data files on disk | metadata objects | manifests | newest metadata, "
      "kB "
      "| disk, MB | I/O calls a commit | reads a commit | commit, ms | query start, us | RSS, MB "
      "|\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Cost& cost : costs) {
    text += fmt::format(
        "| {:.3g} | {} | {} | {} | {} | {} | {:.1f} | {:.1f} | {:.2f} | {:.1f} | "
        "{:.0f} | {:.0f} |\n",
        cost.hour, cost.live_files, cost.data_objects, cost.metadata_objects, cost.manifests,
        cost.version_bytes / 1000, cost.disk_mb, cost.commit_calls, cost.commit_reads,
        cost.commit_ms, cost.query_us, cost.resident_mb);
  }
  return text;
}

/// Numbers that do not depend on the machine.
void ExpectBounded(const Cost& cost) {
  SCOPED_TRACE(cost.hour);
  EXPECT_LE(cost.live_files, kTables * 2 * 40) << "two days, each of some dozens at most";
  // Each of the 100 kept snapshots adds a file; merges replace them, and they stay ten minutes.
  EXPECT_LE(cost.data_objects, cost.live_files + kTables * 300);
  EXPECT_LE(cost.metadata_objects, kTables * (100 + 21 + 300));
  EXPECT_LE(cost.manifests, kTables * 48);
  EXPECT_LE(cost.version_bytes, kTables * 220'000);
  EXPECT_LE(cost.disk_mb, 1.5 * cost.live_mb + 25);
  EXPECT_LE(cost.commit_calls, 30);
  EXPECT_LE(cost.commit_reads, 0.1) << "a commit reads nothing that it wrote or read before";
}

TEST(Day, CostStaysFlat) {
  const int64_t evening = 1'700'071'200;  // 2023-11-15T18:00:00Z: the day changes on the way
  Day day(evening * kNanosPerSecond);
  const int steps = LongRun() ? 24 * kStepsAnHour : 150;
  std::vector<Cost> costs;
  const std::set<double> looks = LongRun()
                                     ? std::set<double>{1, 2, 4, 8, 12, 16, 20, 24}
                                     : std::set<double>{110.0 / 360, 130.0 / 360, 150.0 / 360};
  size_t metrics = 0;
  for (int step = 1; step <= steps; ++step) {
    day.Step();
    if (testing::Test::HasFatalFailure()) return;
    const bool look = std::ranges::any_of(
        looks, [&](double hour) { return std::lround(hour * kStepsAnHour) == step; });
    if (!look) continue;
    costs.push_back(day.Look());
    ExpectBounded(costs.back());
    if (costs.size() == 2) metrics = day.metrics();  // maintenance has done all it does
  }
  Report(LongRun() ? "cost-of-a-day" : "cost-of-25-minutes", '\n' + TableOf(costs));
  EXPECT_EQ(day.metrics(), metrics) << "metrics appear with tables, not with time";
  // The first look has the full number of snapshots, so the others must not exceed it by much.
  const Cost& first = costs.front();
  const Cost& last = costs.back();
  EXPECT_LE(last.commit_calls, 1.5 * first.commit_calls);
  EXPECT_LE(last.manifests, first.manifests + kTables * 32);
  EXPECT_LE(static_cast<double>(last.version_bytes),
            1.3 * static_cast<double>(first.version_bytes));
  if (FiguresCount()) {
    EXPECT_LE(last.resident_mb, first.resident_mb + 64);
  }
  EXPECT_EQ(std::ssize(Query(day.sink(), day.store(), "trades")), day.trades());
}

}  // namespace
}  // namespace ticklake::lake
