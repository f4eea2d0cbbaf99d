#include "store/read_cache.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/memory_fs.h"

namespace ticklake::store {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReadCacheTest : public ::testing::Test {
 protected:
  std::unique_ptr<ReadCache> Open(uint64_t limit) {
    return ReadCache::Open(fs_, "/data/cache", limit).value();
  }
  Result<LocalFile> Get(ReadCache& cache, const std::string& identity) {
    return cache.Get(identity, ".csv", [&](File& file) {
      ++fills_;
      return file.Append(identity + std::string(100 - identity.size(), ' '));
    });
  }
  std::vector<std::string> Files() { return fs_.List("/data/cache/1").value(); }

  MemoryFileSystem fs_;
  int fills_ = 0;
};

TEST_F(ReadCacheTest, MakesAFileOnceAndKeepsThoseUsedLast) {
  const auto cache = Open(300);
  const LocalFile file = Get(*cache, "a").value();
  EXPECT_THAT(file.path, EndsWith(".csv"));
  EXPECT_TRUE(fs_.ReadFile(file.path)->starts_with("a "));
  EXPECT_EQ(Get(*cache, "a")->path, file.path);
  EXPECT_EQ(fills_, 1);
  ASSERT_TRUE(Get(*cache, "b"));
  ASSERT_TRUE(Get(*cache, "c"));
  ASSERT_TRUE(Get(*cache, "b"));
  ASSERT_TRUE(Get(*cache, "d"));  // too much: c goes, then b, to be well below the limit
  EXPECT_THAT(Files(), SizeIs(2));
  EXPECT_TRUE(fs_.ReadFile(file.path)) << "in use, though the oldest";
  ASSERT_TRUE(Get(*cache, "c"));
  EXPECT_EQ(fills_, 5);
}

TEST_F(ReadCacheTest, PinsHoldItAboveItsLimit) {
  const auto cache = Open(150);
  {
    const LocalFile a = Get(*cache, "a").value();
    const LocalFile b = Get(*cache, "b").value();
    const LocalFile c = Get(*cache, "c").value();
    EXPECT_THAT(Files(), SizeIs(3));
  }
  ASSERT_TRUE(Get(*cache, "d"));
  EXPECT_THAT(Files(), SizeIs(1));
}

TEST_F(ReadCacheTest, AFailedFillLeavesNothing) {
  const auto cache = Open(300);
  const auto failed = cache->Get("a", "", [](File& file) -> Result<void> {
    TL_TRY(file.Append("half"));
    return Fail(Code::kNotFound, "gone");
  });
  EXPECT_EQ(failed.error().code, Code::kNotFound);
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_TRUE(Get(*cache, "a"));
}

TEST_F(ReadCacheTest, EachProcessHasItsOwnFolderAndBeginsWithNothing) {
  auto first = Open(300);
  ASSERT_TRUE(Get(*first, "a"));
  const auto second = Open(300);
  EXPECT_TRUE(Get(*second, "a")->path.starts_with("/data/cache/2/"));
  first.reset();
  ASSERT_TRUE(fs_.Open("/data/cache/1/left", OpenMode::kCreateNew).has_value() ||
              fs_.MakeDirs("/data/cache/1").has_value());
  first = Open(300);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(ReadCacheTest, ManyThreadsGetWhatTheyAskedFor) {
  const auto cache = ReadCache::Open(fs_, "/data/cache", 500).value();
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const std::string identity = std::to_string(i % 20);
        const auto file = cache->Get(
            identity, "", [&](File& to) { return to.Append(identity + std::string(90, ' ')); });
        EXPECT_TRUE(fs_.ReadFile(file->path)->starts_with(identity + " "));
      }
    });
  }
}

}  // namespace
}  // namespace ticklake::store
