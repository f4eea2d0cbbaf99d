// The directory store on the real disk and on the memory one, and what crashes do to it.

#include <filesystem>

#include "base/memory_fs.h"
#include "base/test_report.h"
#include "base/uuid.h"
#include "store/object_store_conformance.h"

namespace ticklake::store {
namespace {

struct ScratchDirectory {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  ~ScratchDirectory() { std::filesystem::remove_all(path); }
};

StoreUnderTest OnDisk() {
  auto scratch = std::make_shared<ScratchDirectory>();
  auto store = OpenDirectoryStore(PosixFileSystem(), (scratch->path / "lake").string());
  return {scratch, std::move(store).value()};
}

StoreUnderTest InMemory() {
  auto fs = std::make_shared<MemoryFileSystem>();
  auto store = OpenDirectoryStore(*fs, "/data/lake");
  return {fs, std::move(store).value()};
}

INSTANTIATE_TEST_SUITE_P(Posix, ObjectStoreConformance, ::testing::Values(&OnDisk));
INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreConformance, ::testing::Values(&InMemory));

enum class End { kPowerAt, kFaultOnce, kFaultFromThenOn };

// The nth call of the disk fails, or the power goes just before it. False: there was none.
bool HurtAt(uint64_t nth, uint64_t seed, End end) {
  MemoryFileSystem fs;
  const std::string old_body(3000, 'o');
  const std::string new_body(5000, 'n');
  bool replaced = false;
  bool created = false;
  {
    auto store = OpenDirectoryStore(fs, "/data/lake").value();
    EXPECT_TRUE(store->Put("t/data/a", old_body).has_value());
    EXPECT_TRUE(store->Put("t/data/c", old_body).has_value());
    const uint64_t before = fs.counts().calls;
    if (end == End::kPowerAt) fs.CutPowerAt(nth);
    if (end == End::kFaultOnce) fs.FailCall(nth);
    if (end == End::kFaultFromThenOn) fs.FailCall(nth, MemoryFileSystem::Lasting::kFromThenOn);
    replaced = store->Put("t/data/a", new_body).has_value();
    created = store->PutIfAbsent("t/metadata/b", new_body).has_value();
    (void)store->Delete("t/data/c");
    if (const auto got = store->Get("t/data/a")) {
      EXPECT_TRUE(*got == new_body || !replaced);
    }
    if (const auto all = store->List("t/")) {
      EXPECT_FALSE(all->empty());
    }
    if (!fs.powerless() && fs.counts().calls < before + nth) return false;
    fs.FailCall(0);
    if (end == End::kFaultOnce) {
      EXPECT_TRUE(store->Put("t/data/d", new_body)) << "it goes on";
    }
  }
  fs.Crash(seed);
  auto store = OpenDirectoryStore(fs, "/data/lake").value();
  const std::string body = store->Get("t/data/a").value();
  EXPECT_TRUE(body == new_body || (!replaced && body == old_body));
  const auto second = store->Get("t/metadata/b");
  EXPECT_TRUE(second ? *second == new_body : !created);
  if (const auto third = store->Get("t/data/c")) {
    EXPECT_EQ(*third, old_body);
  }
  const auto all = store->List("").value();
  for (const ObjectInfo& info : all) {
    EXPECT_TRUE(info.size == old_body.size() || info.size == new_body.size()) << info.key;
  }
  return true;
}

TEST(DirectoryStoreCrash, ObjectsAreThereWholeOrNotAtAll) {
  uint64_t runs = 0;
  for (const End end : {End::kPowerAt, End::kFaultOnce, End::kFaultFromThenOn}) {
    bool more = true;
    for (uint64_t nth = 1; more; ++nth) {
      for (uint64_t seed = 0; more && seed < (end == End::kPowerAt ? 10U : 2U); ++seed) {
        SCOPED_TRACE(fmt::format("end {}, call {}, seed {}", static_cast<int>(end), nth, seed));
        more = HurtAt(nth, seed, end);
        ++runs;
        if (HasFailure()) return;
      }
    }
  }
  Report("store-faults", fmt::format("{} runs of the directory store with the power gone at a call "
                                     "or a call failing, once or with all that follow",
                                     runs));
}

TEST(DirectoryStoreCrash, WhatACrashLeavesBehindIsRemovedByAge) {
  ManualClock clock(1'700'000'000 * kNanosPerSecond);
  MemoryFileSystem fs(&clock);
  auto store = OpenDirectoryStore(fs, "/data/lake").value();
  ASSERT_TRUE(store->Put("t/data/a", "whole").has_value());
  // Two writes that never got their names.
  for (const char* path : {"/data/lake/t/data/.tmp-1", "/data/lake/t/.tmp-2"}) {
    ASSERT_TRUE(fs.Open(path, OpenMode::kCreateNew).value()->Append("part").has_value());
    clock.Advance(10 * kNanosPerSecond);
  }
  EXPECT_EQ(store->RemoveStale("t/", clock.Now() - 20 * kNanosPerSecond).value(), 0);
  EXPECT_EQ(store->RemoveStale("t/data/", clock.Now()).value(), 1);
  EXPECT_EQ(store->RemoveStale("t/", clock.Now()).value(), 1);
  EXPECT_EQ(store->Get("t/data/a").value(), "whole");
  EXPECT_EQ(fs.List("/data/lake/t/data").value(), std::vector<std::string>{"a"});
}

TEST(DirectoryStoreCrash, SeveralObjectsAreThereWholeOrNotAtAll) {
  for (uint64_t nth = 1; nth <= 14; ++nth) {
    SCOPED_TRACE(nth);
    MemoryFileSystem fs;
    const std::string body(3000, 'x');
    const std::vector<NewObject> objects = {{"t/a", body}, {"t/b", body}, {"u/c", body}};
    bool put = false;
    {
      auto store = OpenDirectoryStore(fs, "/data/lake").value();
      fs.FailChange(nth);
      put = store->PutAll(objects).has_value();
    }
    fs.FailChange(0);
    fs.Crash(nth);
    auto store = OpenDirectoryStore(fs, "/data/lake").value();
    for (const NewObject& object : objects) {
      const auto found = store->Get(object.key);
      EXPECT_TRUE(found ? *found == body : !put) << object.key;
    }
  }
}

TEST(DirectoryStoreCrash, SeveralObjectsOfAFolderSyncItOnce) {
  MemoryFileSystem fs;
  auto store = OpenDirectoryStore(fs, "/data/lake").value();
  ASSERT_TRUE(store->Put("t/first", "x").has_value());
  const MemoryFileSystem::Counts before = fs.counts();
  const std::vector<NewObject> objects = {{"t/a", "1"}, {"t/b", "2"}, {"t/c", "3"}};
  ASSERT_TRUE(store->PutAll(objects).has_value());
  EXPECT_EQ(fs.counts().syncs - before.syncs, 3U);
  EXPECT_EQ(fs.counts().dir_syncs - before.dir_syncs, 1U);
}

TEST(DirectoryStore, KnowsItsRootByOtherNames) {
  MemoryFileSystem fs;
  auto store = OpenDirectoryStore(fs, "/data/lake", {"s3://ticklake/"}).value();
  for (const char* uri : {"/data/lake/m/t", "file:/data/lake/m/t", "s3://ticklake/m/t",
                          "s3a://ticklake/m/t", "s3n://ticklake/m/t"}) {
    EXPECT_EQ(store->KeyOf(uri).value(), "m/t") << uri;
  }
  for (const char* uri :
       {"s3://ticklake/", "s3://ticklake2/m", "s3:///data/lake/m", "ticklake/m"}) {
    EXPECT_EQ(store->KeyOf(uri).error().code, Code::kInvalid) << uri;
  }
  EXPECT_EQ(store->UriOf("m/t"), "file:///data/lake/m/t");
}

TEST(DirectoryStoreCrash, AFailedSyncFailsThePut) {
  MemoryFileSystem fs;
  auto store = OpenDirectoryStore(fs, "/data/lake").value();
  fs.FailSync(1);
  EXPECT_FALSE(store->Put("k", "v").has_value());
  EXPECT_EQ(store->Get("k").error().code, Code::kNotFound);
  EXPECT_TRUE(store->Put("k", "v").has_value());
}

}  // namespace
}  // namespace ticklake::store
