// TableStore against a model: random histories, racing writers, power cuts, unknown outcomes.

#include <algorithm>
#include <map>
#include <thread>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

using iceberg::DataFile;
using iceberg::Primitive;
using iceberg::TypeId;

/// A small disk and catalog with one table on it.
struct World {
  explicit World(std::map<std::string, std::string> properties) {
    store = store::OpenDirectoryStore(fs, "/data/lake").value();
    EXPECT_TRUE(catalog.CreateDatabase({.name = "market"}).has_value());
    NewTable table = TradesTable();
    table.properties = std::move(properties);
    EXPECT_TRUE(Open()->Create(table).has_value());
  }
  /// A store that has nothing cached.
  std::unique_ptr<TableStore> Open() {
    return std::make_unique<TableStore>(catalog, *store, clock);
  }

  ManualClock clock{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs;
  catalog::MemoryCatalog catalog{clock};
  std::unique_ptr<store::ObjectStore> store;
};

/// Random commits, and what the table must hold after each.
class History {
 public:
  explicit History(uint64_t seed)
      : random_(seed),
        world_({{"history.expire.min-snapshots-to-keep", "4"},
                {"write.metadata.previous-versions-max", "3"},
                {"commit.manifest.min-count-to-merge", "3"},
                {"commit.manifest.target-size-bytes", "9000"}}),
        tables_(world_.Open()),
        state_(tables_->Load("market", "trades").value()) {}

  void Step() {
    world_.clock.Advance(static_cast<Nanos>(random_.Below(3)) * kNanosPerSecond);
    if (random_.Chance(1, 8)) tables_ = world_.Open();
    if (random_.Chance(1, 8)) state_ = tables_->Load("market", "trades").value();
    TableChange change;
    change.summary = {{"step", std::to_string(step_++)}};
    if (random_.Chance(1, 10)) AddColumn(change);
    if (random_.Chance(1, 3) && !live_.empty()) RemoveSome(change);
    if (!change.removed_paths.empty() || random_.Chance(9, 10)) AddSome(change);
    auto next = tables_->Commit(state_, change);
    ASSERT_TRUE(next.has_value()) << next.error().message;
    state_ = std::move(*next);
    for (const std::string& path : change.removed_paths) live_.erase(path);
    for (const DataFile& file : change.added) live_.insert(file.path);
    by_snapshot_[state_.metadata->current_snapshot_id] = live_;
  }

  /// Every kept snapshot reads as it did when it was made, from the disk alone.
  void CheckKeptSnapshots() {
    auto fresh = world_.Open();
    const TableState loaded = fresh->Load("market", "trades").value();
    EXPECT_EQ(loaded.entry.version, state_.entry.version);
    EXPECT_LE(loaded.metadata->snapshots.size(), 4U);
    for (const iceberg::Snapshot& snapshot : loaded.metadata->snapshots) {
      auto past = std::make_shared<iceberg::TableMetadata>(*loaded.metadata);
      past->current_snapshot_id = snapshot.snapshot_id;
      TableState then{loaded.entry, past};
      EXPECT_EQ(PathsOf(fresh->LiveFiles(then).value()), by_snapshot_[snapshot.snapshot_id]);
      CheckAllObjectsAreThere(*fresh, then);
    }
    EXPECT_EQ(loaded.metadata->schemas.size(), 1 + columns_added_);
  }

  /// Nothing is kept that no kept snapshot, nor the removal of one, could need; files that a query
  /// may still read go ten minutes later.
  void CheckNothingLeaks() {
    world_.clock.Advance(600 * kNanosPerSecond);
    TableChange nothing;
    nothing.summary = {{"step", "last"}};
    state_ = tables_->Commit(state_, nothing).value();
    by_snapshot_[state_.metadata->current_snapshot_id] = live_;
    std::set<std::string> needed;
    for (const iceberg::Snapshot& snapshot : state_.metadata->snapshots) {
      needed.merge(std::set(by_snapshot_[snapshot.snapshot_id]));
    }
    const auto data = world_.store->List("market/trades/data/").value();
    // What the oldest kept snapshot removed goes with it.
    EXPECT_LE(data.size(), needed.size() + last_removed_);
    const auto metadata = world_.store->List("market/trades/metadata/").value();
    const auto count = [&](std::string_view part) {
      return std::ranges::count_if(metadata, [&](const auto& o) { return o.key.contains(part); });
    };
    EXPECT_EQ(count(".metadata.json"), std::min<int64_t>(4, state_.entry.version));
    EXPECT_EQ(count("/snap-"), static_cast<int64_t>(state_.metadata->snapshots.size()));
  }

 private:
  void AddColumn(TableChange& change) {
    iceberg::Schema schema = state_.metadata->CurrentSchema();
    const int32_t id = state_.metadata->last_column_id + 1;
    schema.fields.push_back({id, fmt::format("c{}", id), false, Primitive(TypeId::kLong), ""});
    change.schema = schema;
    ++columns_added_;
  }
  void RemoveSome(TableChange& change) {
    for (const std::string& path : live_) {
      if (random_.Chance(1, 3)) change.removed_paths.push_back(path);
    }
    last_removed_ = std::max(last_removed_, change.removed_paths.size());
  }
  void AddSome(TableChange& change) {
    for (uint64_t n = 1 + random_.Below(3); n > 0; --n) {
      const auto day = static_cast<int32_t>(20'000 + random_.Below(3));
      change.added.push_back(PutDataFile(*world_.store, fmt::format("f{}", files_++), day, 10));
    }
  }

  Random random_;
  World world_;
  std::unique_ptr<TableStore> tables_;
  TableState state_;
  std::set<std::string> live_;
  std::map<int64_t, std::set<std::string>> by_snapshot_;
  int step_ = 0;
  int files_ = 0;
  size_t columns_added_ = 0;
  size_t last_removed_ = 0;
};

TEST(TableModel, RandomHistoriesReadBack) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 40; ++step) {
      history.Step();
      if (testing::Test::HasFatalFailure()) return;
      if (step % 7 == 0) history.CheckKeptSnapshots();
    }
    history.CheckKeptSnapshots();
    history.CheckNothingLeaks();
    if (testing::Test::HasFailure()) return;
  }
}

/// Commits `count` files, one each, against all others.
void CommitAgainstOthers(World& world, const std::string& name, int count) {
  auto tables = world.Open();
  for (int i = 0; i < count;) {
    const DataFile file = PutDataFile(*world.store, fmt::format("{}-{}", name, i), 20'000, 1);
    auto done = tables->Commit(tables->Load("market", "trades").value(), {.added = {file}});
    if (done) {
      ++i;
    } else {
      ASSERT_EQ(done.error().code, Code::kConflict) << done.error().message;
    }
  }
}

TEST(TableModel, RacingWritersLoseNothing) {
  World world(
      {{"commit.manifest.min-count-to-merge", "3"}, {"history.expire.min-snapshots-to-keep", "3"}});
  constexpr int kWriters = 4;
  constexpr int kCommits = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kWriters; ++t) {
    threads.emplace_back([&, t] { CommitAgainstOthers(world, fmt::format("w{}", t), kCommits); });
  }
  for (auto& thread : threads) thread.join();
  auto tables = world.Open();
  const TableState state = tables->Load("market", "trades").value();
  std::set<std::string> expected;
  for (int i = 0; i < kWriters * kCommits; ++i) {
    expected.insert(
        world.store->UriOf(fmt::format("market/trades/data/w{}-{}", i / kCommits, i % kCommits)));
  }
  EXPECT_EQ(PathsOf(tables->LiveFiles(state).value()), expected);
  EXPECT_EQ(state.entry.version, 1 + kWriters * kCommits);
  CheckAllObjectsAreThere(*tables, state);
}

/// The nth change of the disk during one rewrite fails, then the power goes.
/// True when the commit got that far without failing.
bool CutPowerDuringACommit(uint64_t nth) {
  World world({{"history.expire.min-snapshots-to-keep", "2"},
               {"write.metadata.previous-versions-max", "1"}});
  auto tables = world.Open();
  TableState state = tables->Load("market", "trades").value();
  std::vector<std::string> paths;
  for (const char* name : {"a", "b", "c"}) {
    const DataFile file = PutDataFile(*world.store, name, 20'000, 1);
    state = tables->Commit(state, {.added = {file}}).value();
    paths.push_back(file.path);
  }
  const DataFile merged = PutDataFile(*world.store, "abc", 20'000, 3);
  world.fs.FailChange(nth);
  const auto done = tables->Commit(state, {.added = {merged}, .removed_paths = paths});
  world.fs.FailChange(0);
  world.fs.Crash(nth);
  auto after = world.Open();
  const TableState now = after->Load("market", "trades").value();
  const std::set<std::string> before(paths.begin(), paths.end());
  EXPECT_EQ(PathsOf(after->LiveFiles(now).value()),
            done ? std::set<std::string>{merged.path} : before);
  CheckAllObjectsAreThere(*after, now);
  EXPECT_TRUE(after->Commit(now, {.summary = {{"still", "works"}}}).has_value());
  return done.has_value();
}

TEST(TableModel, APowerCutLeavesTheOldVersionOrTheNew) {
  uint64_t nth = 1;
  for (int survived = 0; survived < 6; ++nth) {
    SCOPED_TRACE(nth);
    ASSERT_LT(nth, 200U);
    survived += CutPowerDuringACommit(nth) ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(nth, 12U);  // several objects, some changes each
}

/// A catalog that loses the connection in the middle of a swap.
class ShakyCatalog : public catalog::MemoryCatalog {
 public:
  using MemoryCatalog::MemoryCatalog;
  Result<void> UpdateTable(const catalog::Table& table) override {
    if (commits) TL_TRY(MemoryCatalog::UpdateTable(table));
    return Fail(Code::kOutcomeUnknown, "connection lost");
  }
  bool commits = true;
};

TEST(TableModel, AnUnknownOutcomeTouchesNothing) {
  for (const bool commits : {true, false}) {
    World world({});
    ShakyCatalog catalog(world.clock);
    catalog.commits = commits;
    ASSERT_TRUE(catalog.CreateDatabase({.name = "market"}).has_value());
    TableStore tables(catalog, *world.store, world.clock);
    const TableState base = tables.Create(TradesTable()).value();
    const DataFile file = PutDataFile(*world.store, "a", 20'000, 1);
    const auto before = world.store->List("").value().size();
    const auto done = tables.Commit(base, {.added = {file}, .summary = {{"id", "1"}}});
    ASSERT_EQ(done.error().code, Code::kOutcomeUnknown);
    EXPECT_EQ(world.store->List("").value().size(), before + 3);
    const TableState now = tables.Load("market", "trades").value();
    EXPECT_EQ(SummaryOfNearestAncestor(*now.metadata, "id").has_value(), commits);
    CheckAllObjectsAreThere(tables, now);
  }
}

TEST(TableModel, TheWorkOfACommitDoesNotGrow) {
  World world({});
  auto tables = world.Open();
  TableState state = tables->Load("market", "trades").value();
  const DataFile file = PutDataFile(*world.store, "f", 20'000, 1);
  uint64_t most_changes_early = 0;
  for (int commit = 1; commit <= 400; ++commit) {
    const auto before = world.fs.counts();
    DataFile added = file;
    added.path += std::to_string(commit);
    state = tables->Commit(state, {.added = {added}, .summary = {{"n", "1"}}}).value();
    const auto after = world.fs.counts();
    EXPECT_EQ(after.reads, before.reads) << commit;  // everything it needs is in memory
    const uint64_t changes = after.changes - before.changes;
    if (commit <= 150) most_changes_early = std::max(most_changes_early, changes);
    // Beside its own few objects, a commit deletes those of one expired snapshot, among them
    // the sources of one merge.
    EXPECT_LE(changes, most_changes_early + 20) << commit;
  }
  // 21 metadata files, 100 lists, and the manifests of the last 100 snapshots.
  EXPECT_LE(world.store->List("market/trades/metadata/").value().size(), 21U + 100U + 160U);
}

}  // namespace
}  // namespace ticklake::lake
