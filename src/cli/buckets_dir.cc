#include "cli/buckets_dir.h"

#include "store/buckets/bucket_object_store.h"

namespace ticklake::cli {
namespace {

constexpr uint64_t kCachedBytes = 256ULL << 20;

}  // namespace

Result<store::BucketStore*> BucketsDir::Open() {
  const std::lock_guard lock(mutex_);
  return OpenLocked();
}

Result<store::BucketStore*> BucketsDir::OpenLocked() {
  if (!store_) {
    TL_ASSIGN(store_, store::OpenBucketStore(fs_, path_, clock_));
  }
  return store_.get();
}

Result<std::unique_ptr<store::ObjectStore>> BucketsDir::OpenAsStore(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  TL_ASSIGN(const bool exists, fs_.Exists(path_));
  if (!exists) {
    return Fail(Code::kNotFound, "bucket '{}': does not exist; there are no buckets in '{}'",
                bucket, path_);
  }
  TL_ASSIGN(store::BucketStore* const buckets, OpenLocked());
  if (!cache_) {
    TL_ASSIGN(cache_, store::ReadCache::Open(fs_, cache_path_, kCachedBytes));
  }
  return store::OpenBucketAsStore(*buckets, bucket, cache_.get());
}

}  // namespace ticklake::cli
