// A bucket as an ObjectStore: the conformance suite, and what only a bucket has.
#include "store/buckets/bucket_object_store.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/uuid.h"
#include "store/object_store_conformance.h"
#include "store/store_set.h"

namespace ticklake::store {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Buckets {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  std::unique_ptr<BucketStore> store =
      OpenBucketStore(PosixFileSystem(), (path / "buckets").string(), SystemClock()).value();
  std::unique_ptr<ReadCache> cache =
      ReadCache::Open(PosixFileSystem(), (path / "cache").string(), 1000).value();

  Buckets() { EXPECT_TRUE(store->CreateBucket({.name = "b"})); }
  ~Buckets() {
    cache.reset();
    store.reset();
    std::filesystem::remove_all(path);
  }
  std::unique_ptr<ObjectStore> Open() {
    return OpenBucketAsStore(*store, "b", cache.get()).value();
  }
};

StoreUnderTest InABucket() {
  auto buckets = std::make_shared<Buckets>();
  auto store = buckets->Open();
  return {buckets, std::move(store), true};
}

INSTANTIATE_TEST_SUITE_P(Bucket, ObjectStoreConformance, ::testing::Values(&InABucket));

std::string ReadFile(const LocalFile& file) {
  return PosixFileSystem().ReadFile(file.path).value();
}

TEST(BucketObjectStore, GivesFilesOfSmallObjectsAndOfLargeOnes) {
  Buckets buckets;
  const auto store = buckets.Open();
  const std::string large(100'000, 'x');
  ASSERT_TRUE(store->Put("a/small.csv", "1,2"));
  ASSERT_TRUE(store->Put("a/large.parquet", large));
  const LocalFile small_file = store->Local("a/small.csv").value();
  EXPECT_EQ(ReadFile(small_file), "1,2");
  EXPECT_THAT(small_file.path, EndsWith(".csv"));
  EXPECT_THAT(small_file.path, StartsWith(small_file.folder + "/"));
  const LocalFile large_file = store->Local("a/large.parquet").value();
  EXPECT_EQ(ReadFile(large_file), large);
  EXPECT_THAT(large_file.path, EndsWith(".parquet"));
  EXPECT_THAT(large_file.path, StartsWith(large_file.folder + "/"));
  EXPECT_EQ(store->Local("none").error().code, Code::kNotFound);
  // Another version is another file; the old one stays as it was.
  ASSERT_TRUE(store->Put("a/small.csv", "3,4"));
  EXPECT_EQ(ReadFile(store->Local("a/small.csv").value()), "3,4");
  EXPECT_EQ(ReadFile(small_file), "1,2");
  EXPECT_EQ(buckets.store->Head("b", "a/small.csv")->facts.etag, "c6579aaf5457eee679bb88bc31162a3d")
      << "MD5";
}

TEST(BucketObjectStore, FolderMarkersAreNoObjectsOfAFolder) {
  Buckets buckets;
  const auto store = buckets.Open();
  for (const char* key : {"t/", "t/a", "t//b", "t/../c", "t/x/", "t/x/d"}) {
    ASSERT_TRUE(store->Put(key, "1")) << key;
  }
  const FolderListing listing = store->ListFolder("t/").value();
  EXPECT_THAT(listing.folders, ElementsAre("t/../", "t//", "t/x/"));
  ASSERT_EQ(listing.objects.size(), 1U);
  EXPECT_EQ(listing.objects[0].key, "t/a");
  EXPECT_EQ(store->ListFolder("t//")->objects.at(0).key, "t//b");
  EXPECT_EQ(store->ListFolder("t/x/")->objects.size(), 1U);
}

TEST(StoreSet, KnowsWhichStoreHoldsAUri) {
  Buckets buckets;
  const auto machine = OpenDirectoryStore(PosixFileSystem(), "/").value();
  const auto lake =
      OpenDirectoryStore(PosixFileSystem(), (buckets.path / "lake").string(), {"s3://ticklake/"})
          .value();
  StoreSet set({lake.get(), machine.get()}, [&](const std::string& bucket) {
    return OpenBucketAsStore(*buckets.store, bucket, nullptr);
  });
  const auto key_of = [&](const char* uri) { return set.Find(uri)->key; };
  EXPECT_EQ(set.Find("s3://ticklake/m/t")->store, lake.get());
  EXPECT_EQ(set.Find("s3a://ticklake/m/t")->key, "m/t");
  EXPECT_EQ(set.Find("s3://ticklake")->key, "");
  EXPECT_EQ(set.Find("file:///etc/x")->store, machine.get());
  EXPECT_EQ(key_of("/etc/x"), "etc/x");
  EXPECT_EQ(key_of("file:/etc/x"), "etc/x");
  for (const char* scheme : {"s3", "s3a", "s3n"}) {
    const std::string root = std::string(scheme) + "://b";
    EXPECT_EQ(set.Find(root + "/p/q")->store->RootUri(), "s3://b/");
    EXPECT_EQ(set.Find(root + "/p/q")->key, "p/q");
    EXPECT_EQ(set.Find(root)->key, "");
    EXPECT_EQ(set.Find(root + "/")->key, "");
  }
  EXPECT_EQ(set.Find("s3://none/x").error().code, Code::kNotFound);
  EXPECT_THAT(set.Find("s3://none/x").error().message, HasSubstr("bucket 'none'"));
  for (const char* uri : {"gs://b/x", "s3://", "http://h/x", "x", ""}) {
    EXPECT_EQ(set.Find(uri).error().code, Code::kUnsupported) << uri;
  }
  ASSERT_TRUE(lake->Put("m/t", "bytes"));
  EXPECT_EQ(ReadFile(set.Local("s3://ticklake/m/t").value()), "bytes");
}

}  // namespace
}  // namespace ticklake::store
