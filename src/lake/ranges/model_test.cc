// The range algebra against a hostile world: a seeded model test without files or Parquet.
//
// World: two clusters feed one table and its dead letters' table. Logs grow, are truncated by
// retention, deleted and created again. Several sinks take turns, one step at a time, so any
// of them may sleep for long between two steps (a zombie), crash, or be told "unknown" while
// its swap happens never, at once, or much later. Another writer commits without carrying
// summaries on, and old snapshots expire.
// Invariant: every offset from a log's first commit to its position is accounted exactly once,
// under the epoch of its log, and committed ranges tile.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/test_report.h"
#include "lake/ranges/advance.h"
#include "lake/ranges/position_set.h"
#include "lake/ranges/recorded.h"

namespace ticklake::lake {
namespace {

enum class Kind { kRow, kDead, kTombstone, kControl };

struct ModelLog {
  std::string topic;
  std::vector<Kind> records;
  int64_t start = 0;
  bool deleted = false;

  int64_t end() const { return static_cast<int64_t>(records.size()); }
};

using Logs = std::map<kafka::LogId, ModelLog>;
/// (log, offset) → the epochs under which it was stored, one entry a time.
using Cells = std::map<std::pair<kafka::LogId, int64_t>, std::vector<int32_t>>;

/// What one commit brings.
struct Change {
  std::vector<Range> ranges;
  std::vector<Range> lost;  // to retention
  PositionSet positions;
  std::vector<std::pair<kafka::LogId, int64_t>> cells;
};

struct Flaws {
  bool no_compare_and_set = false;
  bool blind_retry = false;
  bool dead_letters_pass_holes = false;
  bool dead_letters_open_logs = false;
};

/// A table as the catalog sees it: a version, and what every snapshot says.
class ModelTable {
 public:
  explicit ModelTable(const Flaws& flaws) : flaws_(flaws) {}

  int64_t version() const { return version_; }

  PositionSet Positions() const {
    if (version_ == 0) return {};
    std::optional<std::string> summary;
    for (const auto& text : summaries_) {
      if (text) summary = text;
    }
    auto positions = RecordedPositions(summary, property_, "model");
    EXPECT_TRUE(positions) << positions.error().message;
    return *positions;
  }

  bool Commit(int64_t base, const Change& change) {
    if (base != version_ && !flaws_.no_compare_and_set) return false;
    ++version_;
    property_ = change.positions.ToJson();
    summaries_.push_back(property_);
    for (const Range& range : change.ranges) {
      ranges_[range.log].push_back(range);
      epochs_[range.log] = range.epoch;
    }
    for (const auto& cell : change.cells) cells_[cell].push_back(epochs_[cell.first]);
    lost_.insert(lost_.end(), change.lost.begin(), change.lost.end());
    return true;
  }

  void CommitOfAnotherWriter() {
    if (version_ == 0) return;
    ++version_;
    summaries_.push_back(std::nullopt);
  }

  void Expire(size_t keep) {
    while (summaries_.size() > keep) summaries_.pop_front();
  }

  const Cells& cells() const { return cells_; }
  const std::vector<Range>& lost() const { return lost_; }
  const std::map<kafka::LogId, std::vector<Range>>& ranges() const { return ranges_; }

 private:
  const Flaws& flaws_;
  int64_t version_ = 0;
  std::deque<std::optional<std::string>> summaries_;  // oldest first
  std::optional<std::string> property_;
  std::map<kafka::LogId, std::vector<Range>> ranges_;
  std::map<kafka::LogId, int32_t> epochs_;
  Cells cells_;
  std::vector<Range> lost_;
};

struct World {
  explicit World(const Flaws& with) : flaws(with), main(flaws), dead(flaws) {}

  Flaws flaws;
  Logs logs;
  ModelTable main;
  ModelTable dead;
  std::vector<std::function<void()>> in_flight;  // swaps whose caller was told "unknown"
};

enum class Outcome { kCommitted, kRejected, kUnknown };

Outcome Swap(World& world, ModelTable& table, int64_t base, const Change& change, Random& random) {
  if (random.Chance(1, 8)) {
    if (random.Chance(1, 2)) {
      world.in_flight.push_back([&table, base, change] { table.Commit(base, change); });
    } else if (random.Chance(1, 2)) {
      table.Commit(base, change);
    }
    return Outcome::kUnknown;
  }
  return table.Commit(base, change) ? Outcome::kCommitted : Outcome::kRejected;
}

/// One sink of one cluster, as a machine that is stepped from outside.
class ModelSink {
 public:
  ModelSink(World& world, std::string cluster) : world_(world), cluster_(std::move(cluster)) {}

  void Step(Random& random) {
    switch (phase_) {
      case Phase::kLoad: return Load();
      case Phase::kRead:
        if (!commit_now_ && !random.Chance(1, 4)) return Read(random);
        return Cut();
      case Phase::kDeadLoad: return DeadLoad();
      case Phase::kDeadCommit: return DeadCommit(random);
      case Phase::kMainCommit: return MainCommit(random);
    }
  }

  /// From now on reads everything there is and commits.
  void Drain() { commit_now_ = true; }

 private:
  enum class Phase { kLoad, kRead, kDeadLoad, kDeadCommit, kMainCommit };
  struct Tail {
    int32_t epoch = 0;
    int64_t from = 0;
    int64_t to = 0;
    std::vector<std::pair<int64_t, int64_t>> lost;
  };

  void Load() {
    version_ = world_.main.version();
    recorded_ = world_.main.Positions();
    phase_ = Phase::kRead;
    for (auto& [log, tail] : tails_) Reconcile(log, tail);
  }

  void Reconcile(const kafka::LogId& log, Tail& tail) {
    const int32_t epoch = EpochOf(log);
    const Position* position = recorded_.Find(log);
    if (epoch != tail.epoch) {  // another cluster took the number first
      const int64_t from = position ? position->to : world_.logs.at(log).start;
      tail = {epoch, from, from, {}};
      return;
    }
    if (position == nullptr) return;
    switch (Compare(tail.from, tail.to, position->to)) {
      case Standing::kExact: return;
      case Standing::kCovered: tail.from = position->to; return;
      case Standing::kReset: tail = {epoch, position->to, position->to, {}};
    }
  }

  int32_t EpochOf(const kafka::LogId& log) {
    return epochs_.Of(recorded_, log.cluster_id, log.topic_id);
  }

  void Read(Random& random) {
    std::vector<kafka::LogId> mine;
    for (const auto& [log, model] : world_.logs) {
      if (log.cluster_id == cluster_ && !model.deleted) mine.push_back(log);
    }
    if (mine.empty()) return;
    const auto most = random.Below(12);  // not as an argument: compilers differ in their order
    ReadSome(mine[random.Below(mine.size())], most);
  }

  void ReadSome(const kafka::LogId& log, uint64_t most) {
    const ModelLog& model = world_.logs.at(log);
    auto it = tails_.find(log);
    if (it == tails_.end()) {
      const Position* position = recorded_.Find(log);
      const int64_t from = position ? position->to : model.start;
      it = tails_.emplace(log, Tail{EpochOf(log), from, from, {}}).first;
    }
    Tail& tail = it->second;
    if (tail.to < model.start) {
      tail.lost.emplace_back(tail.to, model.start);
      tail.to = model.start;
    }
    tail.to = std::min(tail.to + static_cast<int64_t>(most), model.end());
  }

  void Cut() {
    if (commit_now_) {
      for (const auto& [log, model] : world_.logs) {
        if (log.cluster_id == cluster_ && !model.deleted) ReadSome(log, 1'000'000);
      }
    }
    cut_.clear();
    for (const auto& [log, tail] : tails_) {
      if (tail.to > tail.from) cut_[log] = UpToFirstHole(tail);
    }
    OpenLogsFirst();
    phase_ = cut_.empty() ? Phase::kLoad : Phase::kDeadLoad;
  }

  /// Two sinks may open a new log at different starts (retention between them), so the main
  /// table settles the start before dead letters from it are committed.
  void OpenLogsFirst() {
    if (world_.flaws.dead_letters_open_logs) return;
    std::map<kafka::LogId, Tail> opening;
    for (const auto& [log, tail] : cut_) {
      if (recorded_.Find(log) == nullptr && !Offsets(log, tail, Kind::kDead).empty()) {
        opening[log] = {tail.epoch, tail.from, tail.from, {}};
      }
    }
    if (!opening.empty()) cut_ = std::move(opening);
  }

  /// A hole ends a commit. Dead letters are committed first, and their range must not pass a
  /// hole that the main table has not accepted yet: another sink may have read those records.
  Tail UpToFirstHole(Tail tail) const {
    std::erase_if(tail.lost, [&](const auto& hole) { return hole.second <= tail.from; });
    if (!tail.lost.empty() && !world_.flaws.dead_letters_pass_holes) {
      tail.lost.resize(1);
      tail.to = tail.lost.front().second;
    }
    return tail;
  }

  static int64_t DeadEnd(const Tail& tail) {
    return tail.lost.empty() ? tail.to : std::max(tail.from, tail.lost.front().first);
  }

  void DeadLoad() {
    dead_version_ = world_.dead.version();
    dead_recorded_ = world_.dead.Positions();
    phase_ = Phase::kDeadCommit;
  }

  /// The dead letters of the cut that their table does not have yet.
  Change DeadChange() const {
    Change change;
    PositionSet positions = dead_recorded_;
    for (const auto& [log, tail] : cut_) {
      const Position* position = dead_recorded_.Find(log);
      const int64_t from = position ? position->to : tail.from;
      const int64_t to = world_.flaws.dead_letters_pass_holes ? tail.to : DeadEnd(tail);
      const size_t before = change.cells.size();
      for (const int64_t offset : Offsets(log, tail, Kind::kDead)) {
        if (offset >= from) change.cells.emplace_back(log, offset);
      }
      if (change.cells.size() == before) continue;
      const int32_t epoch = positions.EpochOf(log.cluster_id, log.topic_id);
      change.ranges.push_back({log, world_.logs.at(log).topic, epoch, from, to});
      positions.Set({log, world_.logs.at(log).topic, epoch, to});
    }
    return change;
  }

  void DeadCommit(Random& random) {
    Change change = DeadChange();
    if (change.ranges.empty()) {
      phase_ = Phase::kMainCommit;
      return;
    }
    auto next = Advance(dead_recorded_, change.ranges);
    ASSERT_TRUE(next) << next.error().Message();
    change.positions = *next;
    const Outcome outcome = Swap(world_, world_.dead, dead_version_, change, random);
    phase_ = outcome == Outcome::kCommitted ? Phase::kMainCommit : Phase::kDeadLoad;
  }

  void MainCommit(Random& random) {
    Change change;
    for (const auto& [log, tail] : cut_) {
      change.ranges.push_back({log, world_.logs.at(log).topic, tail.epoch, tail.from, tail.to});
      for (const int64_t offset : Offsets(log, tail, Kind::kRow)) {
        change.cells.emplace_back(log, offset);
      }
      for (const auto& [from, to] : tail.lost) {
        if (to > tail.from) {
          change.lost.push_back({log, "", tail.epoch, std::max(from, tail.from), to});
        }
      }
    }
    auto next = Advance(recorded_, change.ranges);
    if (!next) {
      ASSERT_TRUE(world_.flaws.no_compare_and_set) << next.error().Message();
      phase_ = Phase::kLoad;
      return;
    }
    change.positions = *next;
    const Outcome outcome = Swap(world_, world_.main, version_, change, random);
    if (outcome == Outcome::kUnknown && world_.flaws.blind_retry) {
      version_ = world_.main.version();
      return;
    }
    phase_ = Phase::kLoad;
  }

  /// Offsets of a kind in a tail, but for those lost to retention before it could read them.
  std::vector<int64_t> Offsets(const kafka::LogId& log, const Tail& tail, Kind kind) const {
    std::vector<int64_t> offsets;
    const ModelLog& model = world_.logs.at(log);
    for (int64_t offset = tail.from; offset < tail.to; ++offset) {
      bool lost = false;
      for (const auto& [from, to] : tail.lost) lost = lost || (offset >= from && offset < to);
      if (!lost && model.records[static_cast<size_t>(offset)] == kind) offsets.push_back(offset);
    }
    return offsets;
  }

  World& world_;
  std::string cluster_;
  Phase phase_ = Phase::kLoad;
  bool commit_now_ = false;
  int64_t version_ = 0;
  PositionSet recorded_;
  Epochs epochs_;
  std::map<kafka::LogId, Tail> tails_;
  std::map<kafka::LogId, Tail> cut_;
  int64_t dead_version_ = 0;
  PositionSet dead_recorded_;
};

class Simulation {
 public:
  Simulation(uint64_t seed, const Flaws& flaws) : random_(seed), world_(flaws) {
    for (const std::string cluster : {"east", "west"}) {
      CreateTopic(cluster);
      for (int i = 0; i < 2; ++i) sinks_.emplace_back(cluster, Fresh(cluster));
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
    for (auto& [cluster, sink] : sinks_) sink = Fresh(cluster);
    for (auto& [cluster, sink] : sinks_) sink->Drain();
    for (int i = 0; i < 4000; ++i) {
      sinks_[random_.Below(sinks_.size())].second->Step(random_);
      Land();
    }
  }

  std::vector<std::string> Violations() const {
    std::vector<std::string> found;
    const PositionSet positions = world_.main.Positions();
    for (const auto& [log, model] : world_.logs) CheckLog(log, model, positions, found);
    CheckTiles(world_.main, found);
    CheckTiles(world_.dead, found);
    return found;
  }

 private:
  std::unique_ptr<ModelSink> Fresh(const std::string& cluster) {
    return std::make_unique<ModelSink>(world_, cluster);
  }

  void CreateTopic(const std::string& cluster) {
    const Uuid id = Uuid::From(random_);
    for (int32_t partition = 0; partition < 2; ++partition) {
      world_.logs[{cluster, id, partition}].topic = "trades";
    }
  }

  void Step() {
    const uint64_t dice = random_.Below(100);
    auto& [cluster, sink] = sinks_[random_.Below(sinks_.size())];
    if (dice < 70) {
      sink->Step(random_);
    } else if (dice < 88) {
      Produce();
    } else if (dice < 91) {
      sink = Fresh(cluster);  // a crash: nothing in memory survives
    } else if (dice < 94) {
      world_.main.CommitOfAnotherWriter();
    } else if (dice < 95) {
      world_.main.Expire(random_.Below(3));
    } else if (dice < 96) {
      Truncate();
    } else if (dice < 97 && random_.Chance(1, 6)) {
      Recreate(cluster);
    } else {
      Land();
    }
  }

  /// A swap that was on its way arrives.
  void Land() {
    if (world_.in_flight.empty()) return;
    const auto at = world_.in_flight.begin() +
                    static_cast<std::ptrdiff_t>(random_.Below(world_.in_flight.size()));
    (*at)();
    world_.in_flight.erase(at);
  }

  ModelLog* AnyLog() {
    auto it = world_.logs.begin();
    std::advance(it, random_.Below(world_.logs.size()));
    return it->second.deleted ? nullptr : &it->second;
  }

  void Produce() {
    ModelLog* log = AnyLog();
    if (log == nullptr) return;
    for (uint64_t n = random_.Below(10); n > 0; --n) {
      const uint64_t kind = random_.Below(10);
      log->records.push_back(kind < 6   ? Kind::kRow
                             : kind < 8 ? Kind::kDead
                             : kind < 9 ? Kind::kTombstone
                                        : Kind::kControl);
    }
  }

  void Truncate() {
    ModelLog* log = AnyLog();
    if (log != nullptr) log->start = random_.Between(log->start, log->end());
  }

  void Recreate(const std::string& cluster) {
    for (auto& [log, model] : world_.logs) model.deleted |= log.cluster_id == cluster;
    CreateTopic(cluster);
  }

  void CheckLog(const kafka::LogId& log, const ModelLog& model, const PositionSet& positions,
                std::vector<std::string>& found) const {
    const Position* position = positions.Find(log);
    if (!model.deleted && model.end() > model.start && (!position || position->to != model.end())) {
      found.push_back(fmt::format("{} did not reach its end", NameOf(log, model.topic)));
    }
    const auto ranges = world_.main.ranges().find(log);
    const int64_t first = ranges == world_.main.ranges().end() ? 0 : ranges->second.front().from;
    for (int64_t offset = 0; offset < model.end(); ++offset) {
      const size_t rows = Count(world_.main, log, offset, found);
      const size_t dead = Count(world_.dead, log, offset, found);
      const bool inside = position && offset >= first && offset < position->to;
      const Kind kind = model.records[static_cast<size_t>(offset)];
      const bool lost = Lost(log, offset);
      const size_t want_rows = inside && kind == Kind::kRow && !lost ? 1 : 0;
      // A dead letter may be ahead of the main table, or be lost to the one who came later.
      const bool dead_ok = kind != Kind::kDead ? dead == 0
                           : inside && !lost   ? dead == 1
                                               : dead <= 1;
      if (rows != want_rows || !dead_ok) {
        found.push_back(fmt::format("{} offset {}: {} rows, {} dead letters",
                                    NameOf(log, model.topic), offset, rows, dead));
      }
    }
  }

  size_t Count(const ModelTable& table, const kafka::LogId& log, int64_t offset,
               std::vector<std::string>& found) const {
    const auto it = table.cells().find({log, offset});
    if (it == table.cells().end()) return 0;
    const PositionSet positions = table.Positions();
    const Position* position = positions.Find(log);
    for (const int32_t epoch : it->second) {
      if (!position || position->epoch != epoch) found.push_back("a row has another log's epoch");
    }
    return it->second.size();
  }

  bool Lost(const kafka::LogId& log, int64_t offset) const {
    for (const Range& range : world_.main.lost()) {
      if (range.log == log && offset >= range.from && offset < range.to) return true;
    }
    return false;
  }

  static void CheckTiles(const ModelTable& table, std::vector<std::string>& found) {
    for (const auto& [log, ranges] : table.ranges()) {
      for (size_t i = 1; i < ranges.size(); ++i) {
        if (ranges[i].from != ranges[i - 1].to) found.push_back("ranges do not tile");
      }
    }
  }

  Random random_;
  World world_;
  std::vector<std::pair<std::string, std::unique_ptr<ModelSink>>> sinks_;
};

TEST(RangeModel, EveryOffsetExactlyOnceWhateverHappens) {
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(50, 3'000)) {
    Simulation simulation(seed, {});
    simulation.Run(1500);
    const auto violations = simulation.Violations();
    ASSERT_TRUE(violations.empty()) << violations.front() << "; " << Repeat(seed);
    ++runs;
  }
  Report("range-model", fmt::format("{} seeded runs of the range algebra", runs));
}

/// The number of seeds in which a flawed protocol was caught: the test can fail.
int Caught(const Flaws& flaws, uint64_t first = 1) {
  int caught = 0;
  for (uint64_t seed = first; seed < first + 10; ++seed) {
    Simulation simulation(seed, flaws);
    simulation.Run(1500);
    caught += simulation.Violations().empty() ? 0 : 1;
  }
  return caught;
}

TEST(RangeModel, NoticesAMissingCompareAndSet) {
  EXPECT_GE(Caught({.no_compare_and_set = true}), 7);
}
TEST(RangeModel, NoticesABlindRetry) { EXPECT_GE(Caught({.blind_retry = true}), 7); }
TEST(RangeModel, NoticesDeadLettersThatPassAHole) {
  EXPECT_GE(Caught({.dead_letters_pass_holes = true}, 11), 1);
}
TEST(RangeModel, NoticesDeadLettersThatOpenALog) {
  EXPECT_GE(Caught({.dead_letters_open_logs = true}, 351), 1);
}

}  // namespace
}  // namespace ticklake::lake
