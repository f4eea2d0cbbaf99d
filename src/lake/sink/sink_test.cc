// The sink on fake logs, a real table store, and a disk in memory.
#include "lake/sink/sink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lake/ranges/keys.h"
#include "lake/sink/mortal.h"
#include "lake/sink/positions.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Sink, ARecordIsVisibleAtOnceAndStaysExactlyOnceThroughItsCommit) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("trades", 2, random);
  auto sink = lake.Start(log, {.flush_interval = milliseconds(60)});
  Origins expected;
  for (int64_t n = 0; n < 300; ++n) {
    const auto partition = static_cast<int32_t>(n % 2);
    log.Append(LogOf(topic, partition), Trade(n));
    expected.emplace_back(0, partition, n / 2);
    if (n % 3 != 0) continue;
    std::ranges::sort(expected);
    ASSERT_EQ(Query(*sink, *lake.store, "trades"), expected) << n;
  }
  ASSERT_TRUE(sink->DrainToEnd());
  const auto view = sink->View("market", "trades", seconds(5));
  EXPECT_TRUE(view->tail.empty());
  EXPECT_GT(view->files.size(), 2U);
  std::ranges::sort(expected);
  EXPECT_EQ(OriginsOf(*lake.store, *view), expected);
  EXPECT_TRUE(sink->Stop());
}

TEST(Sink, GoesOnWhereTheTableStandsAfterARestart) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("odd-Topic.1", 1, random);
  std::vector<int64_t> offsets;
  for (int64_t n = 0; n < 20; ++n) {
    log.Append(LogOf(topic), fmt::format(R"({{"a":{}}})", n));
    offsets.push_back(n);
    if (n % 5 != 4) continue;
    auto sink = lake.Start(log);
    EXPECT_EQ(Query(*sink, *lake.store, "odd_topic_1"), Expected(0, 0, offsets));
    if (n % 2 == 0) {
      EXPECT_TRUE(sink->Stop());
    }
  }
}

TEST(Sink, TombstonesHolesAndDeadLettersAreAccountedForAndVisible) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 1, random);
  log.Append(LogOf(topic), R"({"a":1})");
  log.Append(LogOf(topic), "no json");
  log.Append(LogOf(topic), std::nullopt);
  log.Skip(LogOf(topic));
  log.Append(LogOf(topic), R"({"a":2,"b":"x"})");
  log.Skip(LogOf(topic));
  auto sink = lake.Start(log);
  EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 4}));
  EXPECT_EQ(Query(*sink, *lake.store, "events__dlq"), Expected(0, 0, {1}));
  EXPECT_EQ(*sink->Tables("market"), (std::vector<std::string>{"events", "events__dlq"}));
  ASSERT_TRUE(sink->DrainToEnd());
  EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 4}));
  EXPECT_EQ(Query(*sink, *lake.store, "events__dlq"), Expected(0, 0, {1}));
  const auto loaded = LoadTopicTable(*lake.tables, "market", "events");
  EXPECT_EQ(loaded->positions.Find(LogOf(topic))->to, 6);
}

TEST(Sink, ATopicMadeAnewOpensAnEpoch) {
  Lake lake;
  FakeLog log;
  Random random(1);
  auto sink = lake.Start(log);
  Origins expected;
  for (int32_t epoch = 0; epoch < 3; ++epoch) {
    const auto topic = log.AddTopic("events", 1, random);
    for (int64_t n = 0; n <= epoch; ++n) {
      log.Append(LogOf(topic), R"({"a":1})");
      expected.emplace_back(epoch, 0, n);
    }
    EXPECT_EQ(Query(*sink, *lake.store, "events"), expected);
    if (epoch == 1) {
      EXPECT_TRUE(sink->DrainToEnd());
    }
  }
  EXPECT_TRUE(sink->Stop());
  const auto loaded = LoadTopicTable(*lake.tables, "market", "events");
  EXPECT_EQ(loaded->positions.logs().size(), 3U);
}

TEST(Sink, StopsALogWhoseEndLiesBeforeThePositionAndOnlyThat) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 2, random);
  for (int n = 0; n < 5; ++n) log.Append(LogOf(topic, 0), R"({"a":1})");
  ASSERT_TRUE(lake.Start(log)->DrainToEnd());
  log.Lose(LogOf(topic, 0), 3);
  log.Append(LogOf(topic, 1), R"({"a":2})");
  auto sink = lake.Start(log);
  const auto drained = sink->DrainToEnd();
  ASSERT_FALSE(drained);
  EXPECT_NE(drained.error().message.find("stands at 5, but the log ends at 3"), std::string::npos)
      << drained.error().message;
  const auto view = sink->View("market", "events", seconds(5));
  ASSERT_TRUE(view);
  EXPECT_NE(view->note.find("ends at 3"), std::string::npos);
  EXPECT_EQ(OriginsOf(*lake.store, *view).size(), 6U);
}

TEST(Sink, AGapStopsTheLogOrIsRecordedAsAHole) {
  for (const OnGap on_gap : {OnGap::kStop, OnGap::kRecord}) {
    Lake lake;
    FakeLog log;
    Random random(1);
    const auto topic = log.AddTopic("events", 1, random);
    for (int n = 0; n < 5; ++n) log.Append(LogOf(topic), R"({"a":1})");
    ASSERT_TRUE(lake.Start(log)->DrainToEnd());
    for (int n = 0; n < 5; ++n) log.Append(LogOf(topic), n == 4 ? "dead" : R"({"a":1})");
    log.Truncate(LogOf(topic), 8);
    auto sink = lake.Start(log, {.on_gap = on_gap});
    const auto drained = sink->DrainToEnd();
    EXPECT_EQ(drained.has_value(), on_gap == OnGap::kRecord);
    if (!drained) continue;
    EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 1, 2, 3, 4, 8}));
    const auto loaded = LoadTopicTable(*lake.tables, "market", "events");
    const auto holes = ParseRanges(PropertyOf(*loaded->state, kHolesKey));
    ASSERT_TRUE(holes);
    ASSERT_EQ(holes->size(), 1U);
    EXPECT_EQ(holes->front().from, 5);
    EXPECT_EQ(holes->front().to, 8);
  }
}

TEST(Sink, ADamagedBatchStopsItsLogOnly) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto bad = log.AddTopic("bad", 1, random);
  const auto good = log.AddTopic("good", 1, random);
  for (int n = 0; n < 9; ++n) log.Append(LogOf(bad), R"({"a":1})");
  log.Damage(LogOf(bad), 4, 6);
  log.Append(LogOf(good), R"({"a":1})");
  auto sink = lake.Start(log);
  EXPECT_FALSE(sink->DrainToEnd());
  EXPECT_EQ(Query(*sink, *lake.store, "bad"), Expected(0, 0, {0, 1, 2, 3}));
  log.Append(LogOf(good), R"({"a":1})");
  EXPECT_EQ(Query(*sink, *lake.store, "good"), Expected(0, 0, {0, 1}));
}

TEST(Sink, OfflineItShowsTheTailAndWritesNothing) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 1, random);
  log.Append(LogOf(topic), R"({"a":1})");
  ASSERT_TRUE(lake.Start(log)->DrainToEnd());
  log.Append(LogOf(topic), R"({"a":2})");
  const auto before = lake.store->List("")->size();
  auto sink = lake.Start(log, {.commit = false});
  EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 1}));
  EXPECT_TRUE(sink->Stop());
  EXPECT_EQ(lake.store->List("")->size(), before);
}

TEST(Sink, WithoutAReaderItServesWhatIsCommittedAndSaysSo) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 1, random);
  log.Append(LogOf(topic), R"({"a":1})");
  ASSERT_TRUE(lake.Start(log)->DrainToEnd());
  auto sink = Sink::Make({lake.tables.get(), nullptr, &SystemClock()}, {});
  ASSERT_TRUE((*sink)->Start());
  const auto view = (*sink)->View("market", "events", seconds(1));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->files.size(), 1U);
  EXPECT_NE(view->note, "");
  EXPECT_EQ((*sink)->View("market", "nothing", seconds(1)).error().code, Code::kNotFound);
}

TEST(Sink, CollidingTopicsGetTablesOfTheirOwn) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto a = log.AddTopic("a-b", 1, random);
  const auto b = log.AddTopic("a.b", 1, random);
  log.Append(LogOf(a), R"({"x":1})");
  log.Append(LogOf(b), R"({"x":1})");
  log.Append(LogOf(b), R"({"x":1})");
  std::vector<std::string> names;
  for (int round = 0; round < 2; ++round) {
    auto sink = lake.Start(log);
    ASSERT_TRUE(sink->DrainToEnd());
    const auto now = *sink->Tables("market");
    ASSERT_EQ(now.size(), 2U);
    if (round == 1) {
      EXPECT_EQ(now, names);
    }
    names = now;
    EXPECT_EQ(Query(*sink, *lake.store, "a_b").size(), 1U);
    EXPECT_EQ(Query(*sink, *lake.store, names[1]).size(), 2U);
  }
}

TEST(Sink, TwoSinksOnOneTableShareTheWorkAndNeverARow) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("trades", 2, random);
  auto one = lake.Start(log, {.flush_interval = milliseconds(20)});
  auto two = lake.Start(log, {.flush_interval = milliseconds(30)});
  Origins expected;
  for (int64_t n = 0; n < 400; ++n) {
    const auto partition = static_cast<int32_t>(n % 2);
    log.Append(LogOf(topic, partition), Trade(n));
    expected.emplace_back(0, partition, n / 2);
    if (n % 40 != 0) continue;
    std::ranges::sort(expected);
    ASSERT_EQ(Query(*one, *lake.store, "trades"), expected);
    ASSERT_EQ(Query(*two, *lake.store, "trades"), expected);
  }
  ASSERT_TRUE(one->DrainToEnd());
  ASSERT_TRUE(two->DrainToEnd());
  std::ranges::sort(expected);
  EXPECT_EQ(Query(*one, *lake.store, "trades"), expected);
  EXPECT_EQ(Query(*two, *lake.store, "trades"), expected);
}

TEST(Sink, ATableWithoutPositionsIsRefused) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 1, random);
  log.Append(LogOf(topic), R"({"a":1})");
  ASSERT_TRUE(lake.catalog.CreateDatabase({.name = "market"}));
  NewTable table{.database = "market", .name = "events"};
  table.properties[kTopicKey] = "events";
  ASSERT_TRUE(lake.tables->Create(table));
  auto sink = lake.Start(log);
  const auto view = sink->View("market", "events", seconds(1));
  ASSERT_FALSE(view);
  EXPECT_NE(view.error().message.find("ticklake.positions"), std::string::npos)
      << view.error().message;
  EXPECT_FALSE(sink->DrainToEnd());
}

/// A store that refuses the data files of one table.
class FullFor : public MortalStore {
 public:
  FullFor(store::ObjectStore& inner, Fate& fate, std::string table)
      : MortalStore(inner, fate), part_("/" + std::move(table) + "/data/") {}
  Result<void> Put(const std::string& key, std::string_view data) override {
    if (key.find(part_) != std::string::npos) return Fail(Code::kIo, "{}: disk full", key);
    return MortalStore::Put(key, data);
  }

 private:
  const std::string part_;
};

TEST(Sink, ATableThatCannotCommitDoesNotStopTheOthers) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto bad = log.AddTopic("bad", 1, random);
  const auto good = log.AddTopic("good", 1, random);
  Fate fate(1);
  FullFor store(*lake.store, fate, "bad");
  TableStore tables(lake.catalog, store, SystemClock());
  SinkOptions options{.flush_interval = milliseconds(10), .memory_budget = 400'000};
  options.read_bytes = 10'000;
  auto sink = *Sink::Make({&tables, &log, &SystemClock()}, options);
  ASSERT_TRUE(sink->Start());
  for (int n = 0; n < 20'000; ++n) {
    log.Append(LogOf(bad), R"({"a":1})");
    if (n % 2 == 0) log.Append(LogOf(good), R"({"a":1})");
  }
  const auto drained = sink->DrainToEnd();
  ASSERT_FALSE(drained);
  EXPECT_NE(drained.error().message.find("disk full"), std::string::npos);
  EXPECT_EQ(Query(*sink, *lake.store, "good").size(), 10'000U);
  EXPECT_FALSE(sink->Stop(seconds(1)));
}

/// The wall clock alone is moved; commits are due by the monotonic one.
TEST(Sink, CommitsGoOnWhereverTheWallClockJumps) {
  constexpr Nanos kYear = 365LL * 24 * 3600 * kNanosPerSecond;
  ManualClock clock(1'700'000'000 * kNanosPerSecond);
  Lake lake(clock);
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("trades", 1, random);
  auto sink = lake.Start(log);
  const auto await = [&](int64_t rows) {
    for (int n = 0; n < 2'000; ++n) {
      if (sink->Status().front().committed_rows >= rows) return true;
      SystemClock().SleepFor(milliseconds(5));
    }
    return false;
  };
  std::vector<int64_t> offsets;
  for (const Nanos jump : {Nanos{0}, kYear, -2 * kYear, kYear / 8760, -40 * kYear, 41 * kYear}) {
    log.Append(LogOf(topic), Trade(std::ssize(offsets)));
    offsets.push_back(std::ssize(offsets));
    ASSERT_EQ(Query(*sink, *lake.store, "trades"), Expected(0, 0, offsets));
    clock.Jump(clock.Now() + jump);
    SystemClock().SleepFor(milliseconds(60));
    EXPECT_EQ(sink->Status().front().committed_rows, std::ssize(offsets) - 1) << "not due yet";
    clock.Advance(10 * kNanosPerSecond);
    ASSERT_TRUE(await(std::ssize(offsets))) << "stalled after a jump of " << jump;
    EXPECT_EQ(Query(*sink, *lake.store, "trades"), Expected(0, 0, offsets));
  }
  EXPECT_TRUE(sink->Stop());
}

TEST(Sink, ADroppedTableIsBuiltAgainFromTheLog) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("events", 1, random);
  for (int n = 0; n < 3; ++n) log.Append(LogOf(topic), R"({"a":1})");
  auto sink = lake.Start(log);
  ASSERT_TRUE(sink->DrainToEnd());
  ASSERT_TRUE(lake.catalog.DeleteTable("market", "events"));
  log.Append(LogOf(topic), R"({"a":"now text"})");
  EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 1, 2, 3}));
  ASSERT_TRUE(sink->DrainToEnd());
  EXPECT_EQ(Query(*sink, *lake.store, "events"), Expected(0, 0, {0, 1, 2, 3}));
}

}  // namespace
}  // namespace ticklake::lake
