#include "broker/groups/offset_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <tuple>

#include "base/bytes.h"
#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "base/test_report.h"

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

using Lasting = MemoryFileSystem::Lasting;

/// Commits of some groups on a disk that fails, and what must be there afterwards: what was
/// acknowledged or seen, or something newer that was asked for.
class OffsetModel {
 public:
  explicit OffsetModel(uint64_t seed) : random_(seed) {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
  }

  MemoryFileSystem& fs() { return fs_; }

  void Work(int commits) {
    for (int i = 0; i < commits && !fs_.powerless(); ++i) {
      if (store_ == nullptr && !Start()) continue;
      const std::string group = "g" + std::to_string(random_.Below(5));
      CommitTo(group);
      if (random_.Chance(1, 12)) Stop();
    }
  }

  void Stop() {
    if (store_ == nullptr) return;
    Note();
    store_.reset();
  }
  void Kill() {
    fs_.CutPower();
    Stop();
    fs_.Kill();
  }
  uint64_t LosePower(uint64_t seed) {
    fs_.CutPower();
    Stop();
    return fs_.Crash(seed);
  }

  void Check() {
    ASSERT_TRUE(store_ != nullptr || Start());
    for (int i = 0; i < 5; ++i) CommitTo("g" + std::to_string(i));
    if (broken_) Stop();
    ASSERT_TRUE(store_ != nullptr || Start());
    for (int i = 0; i < 5; ++i) {
      CommitTo("g" + std::to_string(i));
      EXPECT_FALSE(broken_) << "it must go on after a restart";
    }
    EXPECT_LT(fs_.ReadFile("/groups/offsets.log")->size(), 4000U) << "it must be kept small";
    EXPECT_EQ(fs_.counts().retried_syncs, 0U);
  }

 private:
  bool Start() {
    const uint64_t failed = fs_.counts().failed;
    auto opened = OffsetStore::Open(fs_, {"/groups", 1000});
    if (!opened) {
      EXPECT_GT(fs_.counts().failed, failed) << opened.error().message;
      return false;
    }
    store_ = std::move(*opened);
    broken_ = false;
    for (auto& [group, known] : groups_) {
      const auto found = store_->Find(group, "t", 0);
      const int64_t offset = found ? found->offset : -1;
      EXPECT_GE(offset, known.acked) << group << ": an acknowledged commit is lost";
      EXPECT_LE(offset, known.asked) << group << ": nobody committed that";
    }
    return true;
  }

  /// What can be read now must not be taken back.
  void Note() {
    for (auto& [group, known] : groups_) {
      if (const auto found = store_->Find(group, "t", 0)) {
        known.acked = std::max(known.acked, found->offset);
      }
    }
  }

  void CommitTo(const std::string& group) {
    Known& known = groups_[group];
    known.asked = ++serial_;
    const uint64_t failed = fs_.counts().failed;
    std::promise<Result<void>> done;
    store_->Write(Commit(group, "t", known.asked),
                  [&](Result<void> r) { done.set_value(std::move(r)); });
    const auto outcome = done.get_future().get();
    if (outcome) {
      known.acked = known.asked;
    } else {
      const bool said = outcome.error().message.contains("restart to go on");
      EXPECT_TRUE(broken_ || said || fs_.counts().failed > failed) << outcome.error().message;
      broken_ = true;
    }
  }

  struct Known {
    int64_t acked = -1;
    int64_t asked = -1;
  };
  Random random_;
  MemoryFileSystem fs_;
  std::map<std::string, Known> groups_;
  int64_t serial_ = 0;
  bool broken_ = false;
  std::unique_ptr<OffsetStore> store_;
};

constexpr int kCommits = 60;

TEST(OffsetCrashes, ThePowerMayGoAtAnyCall) {
  std::set<std::tuple<uint64_t, uint64_t, uint64_t>> states;
  for (const uint64_t seed : Seeds(1, 6)) {
    OffsetModel whole(seed);
    whole.Work(kCommits);
    const uint64_t calls = whole.fs().counts().calls;
    for (uint64_t at = 1; at <= calls; at += LongRun() ? 1 : 3) {
      for (uint64_t keep = 0; keep < (LongRun() ? 6 : 1); ++keep) {
        SCOPED_TRACE(fmt::format("power goes at call {}, kept by {}: {}", at, keep, Repeat(seed)));
        OffsetModel model(seed);
        model.fs().CutPowerAt(at);
        model.Work(kCommits);
        if (keep % 2 == 1) {
          model.Kill();
          model.Work(static_cast<int>(at % 4));
        }
        states.emplace(seed, at, Mix64(keep % 2) ^ model.LosePower(at * 100 + keep));
        model.Check();
        if (HasFailure()) return;
      }
    }
  }
  Report("offsets-power-loss",
         fmt::format("{} distinct power-loss states of groups' offsets", states.size()));
}

TEST(OffsetCrashes, EveryCallFailsOnceOrFromThenOn) {
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(1, 4)) {
    for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) {
      for (uint64_t nth = 1;; nth += LongRun() ? 1 : 3) {
        SCOPED_TRACE(fmt::format("call {} fails {}: {}", nth,
                                 lasting == Lasting::kOnce ? "once" : "with all that follow",
                                 Repeat(seed)));
        OffsetModel model(seed);
        model.fs().FailCall(nth, lasting);
        model.Work(kCommits);
        if (model.fs().counts().calls < nth) break;
        model.fs().FailCall(0);
        model.Check();
        model.LosePower(nth);
        model.Check();
        if (HasFailure()) return;
        ++runs;
      }
    }
  }
  Report("offsets-io-faults",
         fmt::format("{} runs of groups' offsets, in each one call failed, once or with all that "
                     "follow",
                     runs));
}

TEST(OffsetCrashes, AFullDiskIsSaidAndLeftBehind) {
  OffsetModel model(1);
  model.Work(20);
  for (uint64_t room = 0; room < 200; room += LongRun() ? 1 : 10) {
    SCOPED_TRACE(room);
    model.fs().SetQuota(model.fs().used() + room);
    model.Work(8);
    if (room % 20 == 0) model.Stop();
    model.Work(2);
    model.fs().SetQuota(~uint64_t{0});
    model.Check();
    if (HasFailure()) return;
  }
}

/// What is read of a file whose last two frames begin at `before` and `last`.
void ExpectPrefix(const std::string& content, size_t damaged_at, size_t before, size_t last) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.MakeDirs("/groups"));
  ASSERT_TRUE(fs.WriteFileAtomically("/groups/offsets.log", content));
  const auto store = OffsetStore::Open(fs, {"/groups"});
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE((*store)->Find("a", "t", 0).has_value());
  EXPECT_EQ((*store)->Find("b", "t", 0).has_value(), damaged_at >= last);
  EXPECT_FALSE((*store)->Find("c", "t", 0).has_value());
  // Damage that commits follow is no torn write: said, and the file kept.
  const bool middle = damaged_at >= before && damaged_at < last && content.size() > last;
  EXPECT_EQ(*fs.Exists("/groups/offsets.log.damaged"), middle);
}

TEST(OffsetCrashes, EveryByteOfTheLastCommitsCutOrFlipped) {
  std::string content = EncodeOffsetHeader();
  std::vector<size_t> begins;
  for (const char* group : {"a", "b", "c"}) {
    begins.push_back(content.size());
    AppendOffsetFrame(Commit(group, "t", 5), content);
  }
  for (size_t size = begins[1]; size < content.size(); ++size) {
    SCOPED_TRACE(fmt::format("cut to {} bytes", size));
    ExpectPrefix(content.substr(0, size), size, begins[1], begins[2]);
  }
  for (size_t at = begins[1]; at < content.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("bit {} of byte {} flipped", bit, at));
      std::string bad = content;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      ExpectPrefix(bad, at, begins[1], begins[2]);
    }
    if (testing::Test::HasFailure()) return;
  }
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
