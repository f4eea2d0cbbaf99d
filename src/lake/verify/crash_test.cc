// Sinks that die at random calls, on a disk that forgets what was not synced: afterwards the
// ledger must be exact.
//
// Scenario = seed: what is produced, when each process dies, which answers of the catalog are
// lost, what the disk keeps. While a process lives, queries must see each record once.
#include <gtest/gtest.h>

#include "base/test_report.h"
#include "lake/sink/mortal.h"
#include "lake/sink/sink_fixture.h"
#include "lake/verify/verify.h"

namespace ticklake::lake {
namespace {

using std::chrono::milliseconds;

/// A process: its own view of the shared disk and catalog, until its fate strikes.
struct Process {
  Process(store::ObjectStore& disk, catalog::Catalog& shared, FakeLog& log, Random& random)
      : fate(random.Next(), 1 + random.Below(120), 6),
        store(disk, fate),
        catalog(shared, fate),
        tables(catalog, store, SystemClock()) {
    SinkOptions options{.flush_interval = milliseconds(4), .decode_interval = milliseconds(1)};
    options.read_bytes = 200;  // several pieces in flight
    sink = *Sink::Make({&tables, &log, &SystemClock()}, options);
    alive = sink->Start().has_value();
  }

  Fate fate;
  MortalStore store;
  MortalCatalog catalog;
  TableStore tables;
  std::unique_ptr<Sink> sink;
  bool alive = false;
};

class Scenario {
 public:
  explicit Scenario(uint64_t seed) : random_(seed) {
    store_ = *store::OpenDirectoryStore(fs_, "/lake");
    topics_ = {log_.AddTopic("trades", 2, random_), log_.AddTopic("events", 2, random_)};
  }

  void Run() {
    for (int round = 0; round < 5; ++round) LiveAndDie();
    TableStore tables(catalog_, *store_, SystemClock());
    auto sink = *Sink::Make({&tables, &log_, &SystemClock()}, {});
    ASSERT_TRUE(sink->Start());
    const auto drained = sink->DrainToEnd();
    ASSERT_TRUE(drained) << drained.error().message;
    Look(*sink, true);
    for (const kafka::TopicInfo& topic : topics_) {
      const auto report = Verify({&tables, &log_}, "market", topic.name);
      ASSERT_TRUE(report) << report.error().message;
      ASSERT_TRUE(report->Ok()) << report->problems.front();
      EXPECT_TRUE(report->Complete());
    }
  }

 private:
  void LiveAndDie() {
    std::vector<std::unique_ptr<Process>> processes;
    for (uint64_t n = 1 + random_.Below(2); n > 0; --n) {
      processes.push_back(std::make_unique<Process>(*store_, catalog_, log_, random_));
    }
    for (int step = 0; step < 12; ++step) {
      Produce();
      SystemClock().SleepFor(milliseconds(random_.Below(6)));
      Process& process = *processes[random_.Below(processes.size())];
      if (process.alive && random_.Chance(1, 3)) Look(*process.sink, false);
    }
    processes.clear();
    fs_.Crash(random_.Next());
    store_ = *store::OpenDirectoryStore(fs_, "/lake");
  }

  void Produce() {
    for (uint64_t n = random_.Below(6); n > 0; --n) {
      const size_t topic = random_.Below(2);
      const auto partition = static_cast<int32_t>(random_.Below(2));
      const kafka::LogId log = LogOf(topics_[topic], partition);
      const int64_t offset = (*log_.Bounds(log)).durable_end;
      const uint64_t kind = random_.Below(12);
      if (kind == 0) {
        log_.Append(log, "dead letter");
      } else if (kind == 1) {
        log_.Append(log, std::nullopt);
      } else if (kind == 2) {
        log_.Skip(log);
      } else {
        log_.Append(log, topic == 0 ? Trade(offset) : Event());
        rows_[topic].emplace_back(0, partition, offset);
      }
    }
  }

  /// Shapes and types change as they please.
  std::string Event() {
    switch (random_.Below(4)) {
      case 0: return fmt::format(R"({{"n":{}}})", random_.Below(9));
      case 1: return fmt::format(R"({{"n":{}.5,"k{}":true}})", random_.Below(9), random_.Below(6));
      case 2: return R"({"n":"text","o":{"p":[1,2]}})";
      default: return R"({"o":{"q":null,"r":"s"}})";
    }
  }

  void Look(Sink& sink, bool must) {
    for (size_t topic = 0; topic < topics_.size(); ++topic) {
      std::ranges::sort(rows_[topic]);
      const auto view = sink.View("market", topics_[topic].name, milliseconds(5000));
      if (!view) {
        ASSERT_FALSE(must) << view.error().message;
        continue;
      }
      const Origins seen = OriginsOf(*store_, *view);
      ASSERT_EQ(seen, rows_[topic]) << topics_[topic].name;
    }
  }

  Random random_;
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{SystemClock()};
  std::unique_ptr<store::ObjectStore> store_;
  FakeLog log_;
  std::vector<kafka::TopicInfo> topics_;
  Origins rows_[2];
};

TEST(SinkCrashes, TheLedgerIsExactWhateverDies) {
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(6, 100)) {
    SCOPED_TRACE(Repeat(seed));
    Scenario(seed).Run();
    if (testing::Test::HasFatalFailure()) return;
    ++runs;
  }
  Report("sink-crashes",
         fmt::format("{} seeded runs of sinks with threads that die at any call", runs));
}

}  // namespace
}  // namespace ticklake::lake
