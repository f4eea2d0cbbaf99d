// The buckets of a data directory, opened when they are first asked for.
//
// Threading: safe from any thread. Several processes may have them open; one of them writes
// (store/buckets/bucket_store.h).
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "cli/data_dir.h"
#include "store/buckets/bucket_store.h"
#include "store/read_cache.h"

namespace ticklake::cli {

class BucketsDir {
 public:
  /// `fs` and `clock` outlive it.
  BucketsDir(const DataDirectory& directory, FileSystem& fs, const Clock& clock)
      : path_(directory.BucketsPath()),
        cache_path_(directory.CachePath()),
        fs_(fs),
        clock_(clock) {}

  /// The buckets, made if there are none; owned by this.
  Result<store::BucketStore*> Open();
  /// One of them, to read as a store; makes nothing. kNotFound.
  Result<std::unique_ptr<store::ObjectStore>> OpenAsStore(const std::string& bucket);

 private:
  Result<store::BucketStore*> OpenLocked();

  const std::string path_;
  const std::string cache_path_;
  FileSystem& fs_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<store::ReadCache> cache_;
  std::unique_ptr<store::BucketStore> store_;
};

}  // namespace ticklake::cli
