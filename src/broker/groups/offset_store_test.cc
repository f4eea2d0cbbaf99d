#include "broker/groups/offset_store.h"

#include <gtest/gtest.h>

#include <future>

#include "base/bytes.h"
#include "base/memory_fs.h"
#include "base/random.h"

namespace ticklake::broker {
namespace {

OffsetRecord Commit(const std::string& group, const std::string& topic, int64_t offset) {
  OffsetEntry entry;
  entry.topic = topic;
  entry.topic_id.bytes[3] = 7;
  entry.offset = offset;
  entry.metadata = "m";
  entry.commit_time_ms = 1000;
  return {OffsetRecord::Kind::kCommit, group, {entry}};
}

class OffsetStoreTest : public testing::Test {
 protected:
  std::unique_ptr<OffsetStore> Open(size_t compact_bytes = 1 << 20) {
    auto store = OffsetStore::Open(fs_, {"/groups", compact_bytes});
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return std::move(*store);
  }
  static Result<void> Write(OffsetStore& store, OffsetRecord record) {
    std::promise<Result<void>> done;
    store.Write(std::move(record), [&](Result<void> r) { done.set_value(std::move(r)); });
    return done.get_future().get();
  }

  MemoryFileSystem fs_;
};

TEST_F(OffsetStoreTest, CommitsSurviveARestart) {
  {
    const auto store = Open();
    ASSERT_TRUE(Write(*store, Commit("g", "t", 5)).has_value());
    ASSERT_TRUE(Write(*store, Commit("g", "t", 9)).has_value());
    ASSERT_TRUE(Write(*store, Commit("h", "u", 1)).has_value());
    ASSERT_TRUE(Write(*store, Commit("gone", "t", 1)).has_value());
    ASSERT_TRUE(Write(*store, {OffsetRecord::Kind::kDeleteGroup, "gone", {}}).has_value());
  }
  fs_.Crash(1);
  const auto store = Open();
  EXPECT_EQ(store->Groups(), (std::vector<std::string>{"g", "h"}));
  EXPECT_EQ(store->Find("g", "t", 0), Commit("g", "t", 9).entries[0]);
  EXPECT_FALSE(store->Find("g", "t", 1).has_value());
  OffsetRecord removal = Commit("g", "t", 0);
  removal.kind = OffsetRecord::Kind::kDelete;
  ASSERT_TRUE(Write(*store, removal).has_value());
  EXPECT_TRUE(store->All("g").empty());
}

// Whatever a crash tears: what was acknowledged is there, and nothing that never was.
TEST_F(OffsetStoreTest, AcknowledgedCommitsSurviveAnyCrash) {
  std::map<std::string, int64_t> acked;
  Random random(11);
  for (uint64_t round = 0; round < 60; ++round) {
    auto store = Open(4000);
    for (const auto& [group, offset] : acked) {
      ASSERT_EQ(store->Find(group, "t", 0)->offset, offset) << "round " << round;
    }
    if (random.Chance(1, 2)) fs_.FailChange(1 + random.Below(20));
    for (int i = 0; i < 20; ++i) {
      const std::string group = "g" + std::to_string(random.Below(5));
      const auto offset = static_cast<int64_t>(round * 100 + static_cast<uint64_t>(i));
      if (!Write(*store, Commit(group, "t", offset))) continue;
      acked[group] = offset;
    }
    fs_.FailChange(0);
    store->Close();
    fs_.Crash(round);
  }
  const auto size = fs_.ReadFile("/groups/offsets.log")->size();
  EXPECT_LT(size, 8000U) << "compaction keeps the file small";
}

TEST_F(OffsetStoreTest, KnowsHowMuchMemoryItsPositionsTake) {
  auto store = OffsetStore::Open(fs_, {.directory = "/groups", .max_bytes = 2000}).value();
  const auto fits = [&] { return store->HasRoom("next", Commit("next", "t", 1).entries); };
  int groups = 0;
  while (fits() && groups < 100) {
    ASSERT_TRUE(Write(*store, Commit("g" + std::to_string(groups++), "t", 5)).has_value());
  }
  EXPECT_GT(groups, 2);
  EXPECT_LT(groups, 20);
  ASSERT_TRUE(Write(*store, Commit("g0", "t", 6)).has_value());  // takes the old one's place
  EXPECT_FALSE(fits());
  ASSERT_TRUE(Write(*store, {OffsetRecord::Kind::kDeleteGroup, "g0", {}}).has_value());
  EXPECT_TRUE(fits());
  for (int i = 1; i < groups; ++i) {
    const std::string group = "g" + std::to_string(i);
    ASSERT_TRUE(Write(*store, {OffsetRecord::Kind::kDeleteGroup, group, {}}).has_value());
  }
  EXPECT_TRUE(store->HasRoom(std::string(1700, 'x'), {})) << "all is given back";
}

TEST_F(OffsetStoreTest, AFailedFlushIsNeverRetried) {
  const auto store = Open();
  fs_.FailSync(1);
  EXPECT_FALSE(Write(*store, Commit("g", "t", 5)).has_value());
  EXPECT_FALSE(Write(*store, Commit("g", "t", 6)).has_value());
  EXPECT_FALSE(store->Find("g", "t", 0).has_value());
}

TEST_F(OffsetStoreTest, DamageIsReportedAndKept) {
  size_t first = 0;
  {
    const auto store = Open();
    ASSERT_TRUE(Write(*store, Commit("g", "t", 5)).has_value());
    first = fs_.ReadFile("/groups/offsets.log")->size();
    ASSERT_TRUE(Write(*store, Commit("h", "t", 6)).has_value());
    ASSERT_TRUE(Write(*store, Commit("i", "t", 7)).has_value());
  }
  fs_.Damage("/groups/offsets.log", first + 12, '\x7f');
  const auto store = Open();
  EXPECT_EQ(store->Groups(), (std::vector<std::string>{"g"}));
  EXPECT_TRUE(*fs_.Exists("/groups/offsets.log.damaged"));
}

TEST_F(OffsetStoreTest, ANewerFormatIsRefusedWithAdvice) {
  Open().reset();
  fs_.Damage("/groups/offsets.log", 11, '\x02');
  const auto store = OffsetStore::Open(fs_, {"/groups"});
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, Code::kUnsupported);
  EXPECT_NE(store.error().message.find("newer"), std::string::npos);
}

// The worked example of docs/kafka-api.md.
TEST(OffsetFormat, IsAsThePageSays) {
  OffsetEntry entry;
  entry.topic = "t";
  entry.offset = 9;
  entry.commit_time_ms = 1000;
  std::string file = EncodeOffsetHeader();
  AppendOffsetFrame({OffsetRecord::Kind::kCommit, "g", {entry}}, file);
  EXPECT_EQ(Hex(file),
            "544c47524f555053"
            "00000001"
            "0000002f"
            "ce500432"
            "01016701"
            "017400000000"
            "00000000000000000000000000000000"
            "0000000000000009ffffffff"
            "00000000000003e800");
}

}  // namespace
}  // namespace ticklake::broker
