// Sinks that fight for the same partitions, sleep with their tails and wake in another world, and
// are not told what became of their commits: afterwards the ledger must be exact.
//
// Scenario = seed; one thread, so that the same seed does the same. Any call of a sink to the store
// or the catalog may be held up while other sinks read and commit, retention moves, the topic is
// made anew, or a swap that was on its way arrives. Invariants: every record of a log from the
// table's first commit to its position is one row, one dead letter, or lies in a recorded hole that
// retention really made; nothing else is there; verify agrees.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/test_report.h"
#include "lake/ranges/keys.h"
#include "lake/sink/hand_sink.h"
#include "lake/sink/mortal.h"
#include "lake/sink/positions.h"
#include "lake/sink/sink_fixture.h"
#include "lake/verify/verify.h"

namespace ticklake::lake {
namespace {

enum class Kind { kRow, kDead, kTombstone, kSkip };

/// What happened, over all seeds: proof that it did.
struct Told {
  uint64_t commits = 0;
  uint64_t lost_races = 0;
  uint64_t late = 0;
  uint64_t holes = 0;
  uint64_t epochs = 0;
  uint64_t held_up = 0;
  uint64_t rows = 0;
};

/// One incarnation of a topic, as the test remembers it.
struct Incarnation {
  kafka::TopicInfo topic;
  std::vector<std::vector<Kind>> kinds;  // by partition
  std::vector<int64_t> start;            // where retention is
  bool deleted = false;
};

constexpr int32_t kPartitions = 2;

class Scenario {
 public:
  Scenario(uint64_t seed, Told& told) : random_(seed), told_(told) {
    spdlog::set_level(spdlog::level::off);  // troubles are reported loudly
    for (const char* name : {"trades", "events"}) Recreate(name);
    for (uint64_t n = 2 + random_.Below(2); n > 0; --n) sinks_.push_back(Fresh());
  }

  void Run() {
    for (int step = 0; step < 90 && !testing::Test::HasFailure(); ++step) Step(0);
    for (Process& sink : sinks_) sink.fate->HoldUp(nullptr);
    while (!late_.empty()) Land();
    Process last = Fresh(false);
    const auto drained = last.sink->Drain();
    ASSERT_TRUE(drained) << drained.error().message;
    EXPECT_EQ(last.sink->Stopped(), "");
    // Those that slept through it all wake up, and change nothing.
    for (Process& sink : sinks_) (void)sink.sink->Commit();
    for (const char* name : {"trades", "events"}) CheckTable(*last.tables, name);
  }

 private:
  struct Process {
    std::unique_ptr<Fate> fate;
    std::unique_ptr<MortalStore> store;
    std::unique_ptr<MortalCatalog> catalog;
    std::unique_ptr<TableStore> tables;
    std::unique_ptr<HandSink> sink;
    int sleeps = 0;
  };

  Process Fresh(bool troubled = true) {
    Process process;
    const uint64_t calls = troubled && random_.Chance(1, 3) ? 20 + random_.Below(200) : ~0ULL;
    process.fate = std::make_unique<Fate>(random_.Next(), calls, troubled ? 5 : 0);
    process.fate->SendLate(&late_);
    process.store = std::make_unique<MortalStore>(*lake_.store, *process.fate);
    process.catalog = std::make_unique<MortalCatalog>(lake_.catalog, *process.fate);
    process.tables = std::make_unique<TableStore>(*process.catalog, *process.store, clock_);
    SinkOptions options{.on_gap = OnGap::kRecord};
    options.read_bytes = 150;  // a few records
    process.sink = std::make_unique<HandSink>(*process.tables, log_, clock_, options);
    (void)process.sink->Discover();
    if (troubled) process.fate->HoldUp([this] { Others(); });
    return process;
  }

  /// While one call is held up.
  void Others() {
    if (depth_ > 0 || !random_.Chance(1, 12)) return;
    ++told_.held_up;
    for (uint64_t n = 1 + random_.Below(3); n > 0; --n) Step(1);
  }

  void Step(int depth) {
    depth_ = depth;
    clock_.Advance(static_cast<Nanos>(random_.Below(3)) * kNanosPerSecond);
    const uint64_t dice = random_.Below(100);
    if (dice < 30) {
      Produce();
    } else if (dice < 90) {
      Work(random_.Below(sinks_.size()), depth);
    } else if (dice < 94) {
      Land();
    } else if (dice < 98) {
      Truncate();
    } else if (random_.Chance(1, 3)) {
      Recreate(random_.Chance(1, 2) ? "trades" : "events");
    }
    depth_ = 0;
  }

  void Work(size_t which, int depth) {
    Process& process = sinks_[which];
    if (process.sleeps > 0) {
      --process.sleeps;
      return;
    }
    if (depth > 0 && which == busy_) return;  // that one is held up
    if (depth == 0) busy_ = which;
    if (random_.Chance(1, 8)) process.sleeps = static_cast<int>(random_.Below(12));
    if (random_.Chance(1, 3)) (void)process.sink->Discover();
    process.sink->Read(static_cast<int>(1 + random_.Below(5)));
    if (random_.Chance(1, 2)) {
      const auto committed = process.sink->Commit();
      if (committed) ++told_.commits;
      told_.lost_races += committed ? 0 : 1;
    }
    if (depth == 0) busy_ = kNobody;
    if (depth == 0 && process.fate->dead()) process = Fresh();
  }

  void Land() {
    if (late_.empty()) return;
    const auto at = late_.begin() + static_cast<std::ptrdiff_t>(random_.Below(late_.size()));
    const auto arrive = std::move(*at);
    late_.erase(at);
    ++told_.late;
    arrive();
  }

  void Recreate(const std::string& name) {
    for (Incarnation& known : incarnations_) {
      if (known.topic.name == name) known.deleted = true;
    }
    Incarnation fresh{log_.AddTopic(name, kPartitions, random_), {}, {}};
    fresh.kinds.resize(kPartitions);
    fresh.start.resize(kPartitions);
    incarnations_.push_back(std::move(fresh));
  }

  Incarnation& AnyTopic() {
    while (true) {
      Incarnation& known = incarnations_[random_.Below(incarnations_.size())];
      if (!known.deleted) return known;
    }
  }

  void Produce() {
    Incarnation& topic = AnyTopic();
    const auto partition = static_cast<int32_t>(random_.Below(kPartitions));
    const kafka::LogId log = LogOf(topic.topic, partition);
    std::vector<Kind>& kinds = topic.kinds[static_cast<size_t>(partition)];
    for (uint64_t n = 1 + random_.Below(8); n > 0; --n) {
      const uint64_t dice = random_.Below(10);
      const Kind kind = dice < 6   ? Kind::kRow
                        : dice < 8 ? Kind::kDead
                        : dice < 9 ? Kind::kTombstone
                                   : Kind::kSkip;
      switch (kind) {
        case Kind::kRow:
          log_.Append(log, topic.topic.name == "trades" ? Trade(std::ssize(kinds))
                                                        : fmt::format(R"({{"n":{}}})", dice));
          break;
        case Kind::kDead: log_.Append(log, "dead letter"); break;
        case Kind::kTombstone: log_.Append(log, std::nullopt); break;
        case Kind::kSkip: log_.Skip(log); break;
      }
      kinds.push_back(kind);
    }
  }

  void Truncate() {
    Incarnation& topic = AnyTopic();
    const size_t partition = random_.Below(kPartitions);
    int64_t& start = topic.start[partition];
    start = random_.Between(start, std::ssize(topic.kinds[partition]));
    log_.Truncate(LogOf(topic.topic, static_cast<int32_t>(partition)), start);
  }

  void CheckTable(TableStore& tables, const std::string& name) {
    const auto report = Verify({&tables, &log_}, "market", name);
    if (!report) {
      ASSERT_EQ(report.error().code, Code::kNotFound) << report.error().message;
      return;  // nothing was ever produced, or all of it lost
    }
    ASSERT_TRUE(report->Ok()) << name << ": " << report->problems.front();
    EXPECT_TRUE(report->Complete());
    const auto loaded = LoadTopicTable(tables, "market", name);
    std::vector<Range> holes;
    if (const std::string text = PropertyOf(*loaded->state, kHolesKey); !text.empty()) {
      holes = ParseRanges(text).value();
    }
    told_.holes += holes.size();
    const Origins rows = OriginsIn(tables, name);
    const Origins dead = OriginsIn(tables, name + "__dlq");
    told_.rows += rows.size();
    std::set<int32_t> epochs;
    size_t known_rows = 0;
    for (const Incarnation& topic : incarnations_) {
      if (topic.topic.name != name) continue;
      for (int32_t partition = 0; partition < kPartitions; ++partition) {
        const kafka::LogId log = LogOf(topic.topic, partition);
        const Position* position = loaded->positions.Find(log);
        if (position != nullptr) epochs.insert(position->epoch);
        known_rows += CheckLog(topic, log, position, holes, rows);
      }
    }
    EXPECT_EQ(known_rows, rows.size()) << "rows of no log";
    told_.epochs += epochs.size();
    EXPECT_TRUE(std::ranges::adjacent_find(dead) == dead.end()) << "a dead letter is there twice";
  }

  /// Returns how many rows of the log there are.
  static size_t CheckLog(const Incarnation& topic, const kafka::LogId& log,
                         const Position* position, const std::vector<Range>& holes,
                         const Origins& rows) {
    const auto at = static_cast<size_t>(log.partition);
    const std::vector<Kind>& kinds = topic.kinds[at];
    const int64_t to = position == nullptr ? 0 : position->to;
    EXPECT_LE(to, std::ssize(kinds));
    if (!topic.deleted && std::ssize(kinds) > topic.start[at]) {
      EXPECT_EQ(to, std::ssize(kinds)) << "the end was not reached";
    }
    size_t count = 0;
    bool begun = false;
    for (int64_t offset = 0; offset < std::ssize(kinds); ++offset) {
      const bool hole = std::ranges::any_of(holes, [&](const Range& range) {
        return range.log == log && offset >= range.from && offset < range.to;
      });
      EXPECT_TRUE(!hole || offset < topic.start[at]) << "a hole that retention did not make";
      const size_t found = position == nullptr
                               ? 0
                               : static_cast<size_t>(std::ranges::count(
                                     rows, std::tuple(position->epoch, log.partition, offset)));
      count += found;
      begun = begun || found > 0;
      const bool row = kinds[static_cast<size_t>(offset)] == Kind::kRow;
      // Before its first commit a log may have lost records that no table ever knew of.
      const bool unknown = !begun && offset < topic.start[at];
      const size_t want = row && offset < to && !hole ? 1 : 0;
      EXPECT_TRUE(found == want || (found == 0 && unknown))
          << NameOf(log, topic.topic.name) << " offset " << offset << ": " << found << " rows, not "
          << want;
    }
    return count;
  }

  Origins OriginsIn(TableStore& tables, const std::string& name) {
    const auto state = tables.Load("market", name);
    if (!state) return {};
    TableView view{.schema = state->metadata->CurrentSchema()};
    view.files = tables.LiveFiles(*state).value();
    return OriginsOf(*lake_.store, view);
  }

  static constexpr size_t kNobody = ~size_t{0};

  Random random_;
  Told& told_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  Lake lake_;
  FakeLog log_;
  std::vector<Incarnation> incarnations_;
  Fate::Late late_;
  std::vector<Process> sinks_;
  size_t busy_ = kNobody;
  int depth_ = 0;
};

TEST(SinkRaces, TheLedgerIsExactWhoeverSleepsAndWhateverIsUnknown) {
  Told told;
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(12, 1'000)) {
    SCOPED_TRACE(Repeat(seed));
    Scenario(seed, told).Run();
    ++runs;
    if (HasFailure()) return;
  }
  Report("sink-races",
         fmt::format("{} seeded runs of sinks fighting, sleeping and not knowing: {} commits "
                     "without and {} with an error, {} calls held up, {} swaps that came late, {} "
                     "holes of retention, {} epochs, {} rows exactly once",
                     runs, told.commits, told.lost_races, told.held_up, told.late, told.holes,
                     told.epochs, told.rows));
  if (runs < 12) return;
  EXPECT_GT(told.held_up, runs);
  EXPECT_GT(told.late, runs);
  EXPECT_GT(told.holes, 0U);
  EXPECT_GT(told.epochs, 2 * runs);
}

}  // namespace
}  // namespace ticklake::lake
