// Tables under a wall clock that jumps: history stays in order, and nothing is deleted early.
#include <algorithm>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/expiry.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

constexpr Nanos kHour = 3'600 * kNanosPerSecond;
constexpr Nanos kYear = 365 * 24 * kHour;

class ClockTest : public ::testing::Test {
 protected:
  ClockTest() {
    EXPECT_TRUE(catalog_.CreateDatabase({.name = "market"}).has_value());
    NewTable table = TradesTable();
    table.properties["history.expire.min-snapshots-to-keep"] = "5";
    state_ = tables_.Create(table).value();
  }
  void Jump(Nanos by) { clock_.Jump(clock_.Now() + by); }
  void Commit() {
    const std::string name = fmt::format("f{}", files_++);
    auto next = tables_.Commit(state_, {.added = {PutDataFile(*store_, name, 20'000, 1)}});
    ASSERT_TRUE(next.has_value()) << next.error().message;
    state_ = std::move(*next);
  }
  /// Another writer rolls the table back: what came after is reached by no branch or tag.
  int64_t RollBack() {
    iceberg::TableMetadata metadata = *state_.metadata;
    const int64_t left = metadata.current_snapshot_id;
    metadata.current_snapshot_id = metadata.CurrentSnapshot()->parent_id;
    metadata.refs["main"].snapshot_id = metadata.current_snapshot_id;
    metadata.snapshot_log.push_back({metadata.last_updated_ms, metadata.current_snapshot_id});
    const std::string key = fmt::format("market/trades/metadata/{}-foreign.metadata.json", files_);
    EXPECT_TRUE(store_->Put(key, SerializeTableMetadata(metadata)).has_value());
    catalog::Table entry = state_.entry;
    entry.parameters[catalog::kMetadataLocation] = store_->UriOf(key);
    EXPECT_TRUE(catalog_.UpdateTable(entry).has_value());
    state_ = tables_.Load("market", "trades").value();
    return left;
  }
  bool Has(int64_t snapshot) const { return state_.metadata->FindSnapshot(snapshot) != nullptr; }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_{&clock_};
  catalog::MemoryCatalog catalog_{clock_};
  std::unique_ptr<store::ObjectStore> store_ = store::OpenDirectoryStore(fs_, "/data/lake").value();
  TableStore tables_{catalog_, *store_, clock_};
  TableState state_;
  int files_ = 0;
};

TEST_F(ClockTest, HistoryStaysInOrder) {
  int64_t updated = state_.metadata->last_updated_ms;
  for (const Nanos jump : {kHour, -2 * kHour, kYear, -3 * kYear, Nanos{0}, 2 * kYear, -kHour}) {
    Jump(jump);
    Commit();
    const iceberg::TableMetadata& metadata = *state_.metadata;
    EXPECT_GE(metadata.last_updated_ms, updated);
    updated = metadata.last_updated_ms;
    EXPECT_LE(metadata.CurrentSnapshot()->timestamp_ms, updated);
    const auto by_time = [](const auto& a, const auto& b) {
      return a.timestamp_ms < b.timestamp_ms;
    };
    EXPECT_TRUE(std::ranges::is_sorted(metadata.snapshot_log, by_time));
    EXPECT_TRUE(std::ranges::is_sorted(metadata.metadata_log, by_time));
    EXPECT_TRUE(std::ranges::is_sorted(metadata.snapshots, by_time));
    EXPECT_EQ(metadata.snapshots.size(), static_cast<size_t>(std::min(files_, 5)));
    CheckAllObjectsAreThere(tables_, state_);
  }
}

TEST_F(ClockTest, ASnapshotThatNobodyRefersToOutlivesAClockThatIsAhead) {
  Commit();
  Commit();
  const int64_t left = RollBack();
  clock_.Advance(2 * kHour);
  Jump(kYear);
  for (int minutes = 0; minutes < 59; ++minutes) {
    Commit();
    ASSERT_TRUE(Has(left)) << minutes;
    clock_.Advance(kHour / 60);
  }
  Jump(-kYear);
  for (int hours = 0; hours < 4 * 24; ++hours) {
    Commit();
    ASSERT_TRUE(Has(left)) << "it is not five days old";
    clock_.Advance(kHour);
  }
  clock_.Advance(2 * 24 * kHour);
  Commit();
  clock_.Advance(2 * kHour);
  Commit();
  EXPECT_FALSE(Has(left));
}

TEST_F(ClockTest, ASnapshotOfAClockThatWasAheadGoesWithTheOthers) {
  Commit();
  Jump(kYear);
  Commit();
  Jump(-kYear);
  for (int n = 0; n < 20; ++n) Commit();
  EXPECT_EQ(state_.metadata->snapshots.size(), 5U) << "expired by number, whatever their times";
}

TEST_F(ClockTest, AFileThatAQueryMayReadStaysTenMinutes) {
  Commit();
  const std::string replaced = tables_.LiveFiles(state_).value().front().path;
  state_ = tables_
               .Commit(state_, {.added = {PutDataFile(*store_, "merged", 20'000, 1)},
                                .removed_paths = {replaced}})
               .value();
  const auto is_there = [&] { return store_->Head(store_->KeyOf(replaced).value()).has_value(); };
  for (int n = 0; n < 10; ++n) Commit();
  Jump(kYear);
  Commit();
  EXPECT_TRUE(is_there()) << "ten minutes by the monotonic clock";
  Jump(-2 * kYear);
  clock_.Advance(601 * kNanosPerSecond);
  Commit();
  EXPECT_FALSE(is_there());
}

TEST_F(ClockTest, WhatWaitsForDeletionGoesWithTheStore) {
  Commit();
  std::string replaced;
  {
    TableStore tables(catalog_, *store_, clock_);
    replaced = tables.LiveFiles(state_).value().front().path;
    TableState state = tables
                           .Commit(state_, {.added = {PutDataFile(*store_, "m", 20'000, 1)},
                                            .removed_paths = {replaced}})
                           .value();
    for (int n = 0; n < 10; ++n) {
      state = tables.Commit(state, {.added = {PutDataFile(*store_, fmt::format("n{}", n), 1, 1)}})
                  .value();
    }
    EXPECT_TRUE(store_->Head(store_->KeyOf(replaced).value()).has_value());
  }
  EXPECT_FALSE(store_->Head(store_->KeyOf(replaced).value()).has_value());
}

}  // namespace
}  // namespace ticklake::lake
