#include "lake/maintenance/orphans.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "lake/ranges/keys.h"
#include "lake/sink/data_files.h"
#include "lake/sink/positions.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

constexpr Nanos kHour = 3'600 * kNanosPerSecond;
constexpr Nanos kDay = 24 * kHour;
constexpr char kUuid[] = "1d43aa13-6bd1-4c7e-9e0a-0d3c5f8a7b21";

/// A catalog where something happens before a table is changed.
class HookedCatalog : public catalog::MemoryCatalog {
 public:
  using Hook = std::function<Result<void>(catalog::MemoryCatalog&)>;
  HookedCatalog(const Clock& clock, Hook hook) : MemoryCatalog(clock), hook_(std::move(hook)) {}
  Result<void> UpdateTable(const catalog::Table& table) override {
    TL_TRY(hook_(*this));
    return MemoryCatalog::UpdateTable(table);
  }

 private:
  const Hook hook_;
};

class OrphansTest : public testing::Test {
 protected:
  OrphansTest() : sweeper_(*lake_.tables, clock_) {
    Random random(1);
    topic_ = log_.AddTopic("trades", 1, random);
    sink_ = lake_.Start(log_);
    for (int round = 0; round < 3; ++round) Commit();
  }

  void Commit() {
    for (int n = 0; n < 4; ++n) {
      log_.Append(LogOf(topic_), Trade(std::ssize(rows_)));
      rows_.push_back(std::ssize(rows_));
    }
    ASSERT_TRUE(sink_->DrainToEnd());
  }
  void PutOrphan(const std::string& name) {
    ASSERT_TRUE(lake_.store->Put("market/trades/" + name, "left behind"));
    orphans_.push_back("market/trades/" + name);
  }
  std::vector<std::string> PutOrphans() {
    PutOrphan(fmt::format("data/ts_event_day=2023-11-14/00000-0-{}.parquet", kUuid));
    PutOrphan(fmt::format("data/merged-{}.parquet", kUuid));
    PutOrphan(fmt::format("metadata/{}-m0.avro", kUuid));
    PutOrphan(fmt::format("metadata/snap-17-1-{}.avro", kUuid));
    PutOrphan(fmt::format("metadata/00004-{}.metadata.json", kUuid));
    return orphans_;
  }
  int64_t Sweep() { return sweeper_.Sweep("market", "trades").value(); }
  /// Two looks, far enough apart; as the maintenance does it once an hour.
  int64_t SweepTwice() {
    const int64_t first = Sweep();
    clock_.Advance(kHour);
    return first + Sweep();
  }
  bool Exists(const std::string& key) { return lake_.store->Head(key).has_value(); }
  TableState Table() { return lake_.tables->Load("market", "trades").value(); }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  Lake lake_{clock_};
  FakeLog log_;
  kafka::TopicInfo topic_;
  std::unique_ptr<Sink> sink_;
  std::vector<int64_t> rows_;
  std::vector<std::string> orphans_;
  OrphanSweeper sweeper_;
};

TEST_F(OrphansTest, RemovesWhatNobodyRefersToAndNothingElse) {
  const auto orphans = PutOrphans();
  const std::vector<std::string> foreign = {
      "market/trades/data/part-00000.parquet", "market/trades/metadata/notes.json",
      fmt::format("market/trades/data/00000-0-{}-00001.parquet", kUuid)};
  for (const std::string& key : foreign) ASSERT_TRUE(lake_.store->Put(key, "somebody else's"));
  ASSERT_TRUE(lake_.fs.Open("/lake/market/trades/data/.tmp-1", OpenMode::kCreateNew));
  clock_.Advance(2 * kDay);
  EXPECT_EQ(SweepTwice(), 0) << "too young";
  clock_.Advance(kDay);
  EXPECT_EQ(Sweep(), 1) << "the first look removes only what was being written";
  for (const std::string& key : orphans) EXPECT_TRUE(Exists(key)) << key;
  clock_.Advance(kHour);
  EXPECT_EQ(Sweep(), std::ssize(orphans));
  for (const std::string& key : orphans) EXPECT_FALSE(Exists(key)) << key;
  for (const std::string& key : foreign) EXPECT_TRUE(Exists(key)) << key;
  EXPECT_EQ(SweepTwice(), 0);
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
  Commit();
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
}

TEST_F(OrphansTest, KeepsEverythingThatAnySnapshotNeeds) {
  std::set<std::string> before;
  const auto objects = lake_.store->List("market/trades/").value();
  for (const auto& object : objects) before.insert(object.key);
  PutOrphans();
  clock_.Advance(400 * kDay);
  EXPECT_EQ(SweepTwice(), std::ssize(orphans_));
  for (const std::string& key : before) EXPECT_TRUE(Exists(key)) << key;
}

TEST_F(OrphansTest, ASwapThatWasPreparedBeforeCannotComeAfter) {
  const TableState base = Table();
  const auto view = sink_->View("market", "trades", std::chrono::seconds(5)).value();
  const auto rows = ReadDataFile(*lake_.store, view.files.front(), view.schema).value();
  const auto files = WriteDataFiles(*lake_.tables, base, view.schema, rows).value();
  clock_.Advance(4 * kDay);  // the writer sleeps, as a stopped process does
  EXPECT_EQ(SweepTwice(), std::ssize(files));
  const auto late = lake_.tables->Commit(base, {.added = files});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_FALSE(FilesFit(base, Table())) << "so the files are not offered again";
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
}

TEST_F(OrphansTest, ALostRaceRemovesNothing) {
  PutOrphans();
  int races = 0;
  // Another process changes the table between the sweeper's look and its mark.
  HookedCatalog catalog(clock_, [&](catalog::MemoryCatalog& inner) -> Result<void> {
    TL_ASSIGN(const catalog::Table newest, inner.GetTable("market", "trades"));
    return races++ == 0 ? inner.MemoryCatalog::UpdateTable(newest) : Result<void>();
  });
  ASSERT_TRUE(catalog.CreateDatabase({.name = "market"}));
  ASSERT_TRUE(catalog.CreateTable(Table().entry));
  TableStore others(catalog, *lake_.store, clock_);
  OrphanSweeper sweeper(others, clock_);
  PutOrphan(fmt::format("data/ts_event_day=2023-11-15/00000-0-{}.parquet", kUuid));
  clock_.Advance(4 * kDay);
  EXPECT_EQ(sweeper.Sweep("market", "trades").value(), 0);
  clock_.Advance(kHour);
  EXPECT_EQ(sweeper.Sweep("market", "trades").value(), 0);
  EXPECT_EQ(races, 1);
  for (const std::string& key : orphans_) EXPECT_TRUE(Exists(key)) << key;
  clock_.Advance(kHour);
  EXPECT_EQ(sweeper.Sweep("market", "trades").value(), std::ssize(orphans_)) << "tried again";
}

TEST_F(OrphansTest, AClockThatJumpsAheadRemovesNothing) {
  PutOrphans();
  clock_.Advance(2 * kHour);
  EXPECT_EQ(Sweep(), 0);
  clock_.Jump(clock_.Now() + 365 * kDay);
  for (int look = 0; look < 50; ++look) {
    EXPECT_EQ(Sweep(), 0);
    clock_.Advance(kHour / 60);
  }
  clock_.Jump(clock_.Now() - 365 * kDay);
  EXPECT_EQ(SweepTwice(), 0);
  for (const std::string& key : orphans_) EXPECT_TRUE(Exists(key)) << key;
}

TEST_F(OrphansTest, ObeysGcEnabledAndLeavesWhatIsOlderThanTheTable) {
  const auto gc = [&](const char* value) {
    ASSERT_TRUE(lake_.tables->Commit(Table(), {.set_properties = {{"gc.enabled", value}}}));
  };
  gc("false");
  PutOrphans();
  clock_.Advance(4 * kDay);
  EXPECT_EQ(SweepTwice(), 0);
  gc("true");
  catalog::Table entry = Table().entry;
  ASSERT_TRUE(lake_.catalog.DeleteTable("market", "trades"));
  ASSERT_TRUE(lake_.catalog.CreateTable(entry));  // made anew over an older one's folder
  EXPECT_EQ(SweepTwice(), 0);
  for (const std::string& key : orphans_) EXPECT_TRUE(Exists(key)) << key;
}

/// The catalog is down for days while a sink holds files that it has written already.
TEST(Orphans, ASinkThatWaitsForDaysWritesItsFilesAnew) {
  ManualClock clock(1'700'000'000 * kNanosPerSecond);
  MemoryFileSystem fs(&clock);
  const auto store = store::OpenDirectoryStore(fs, "/lake").value();
  std::atomic<bool> hindered = false;
  std::atomic<int> offers = 0;
  HookedCatalog catalog(clock, [&, here = std::this_thread::get_id()](auto&) -> Result<void> {
    if (!hindered || std::this_thread::get_id() == here) return {};
    ++offers;
    return Fail(Code::kUnavailable, "the catalog is out of order");
  });
  TableStore tables(catalog, *store, clock);
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("trades", 1, random);
  auto sink = Sink::Make({&tables, &log, &clock}, {}).value();
  ASSERT_TRUE(sink->Start());
  log.Append(LogOf(topic), Trade(0));
  ASSERT_TRUE(sink->DrainToEnd());
  hindered = true;
  log.Append(LogOf(topic), Trade(1));
  while (offers < 2) {
    clock.Advance(20 * kNanosPerSecond);
    SystemClock().SleepFor(std::chrono::milliseconds(5));
  }
  ASSERT_EQ(store->List("market/trades/data/").value().size(), 2U)
      << "one is committed, the other only written";
  OrphanSweeper sweeper(tables, clock);
  clock.Advance(4 * kDay);
  EXPECT_EQ(sweeper.Sweep("market", "trades").value(), 0);
  clock.Advance(kHour);
  EXPECT_EQ(sweeper.Sweep("market", "trades").value(), 1);
  hindered = false;
  ASSERT_TRUE(sink->DrainToEnd());
  EXPECT_EQ(Query(*sink, *store, "trades"), Expected(0, 0, {0, 1}));
}

}  // namespace
}  // namespace ticklake::lake
