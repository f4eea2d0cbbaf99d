// StoreSet: the stores that URIs lead to: the one place that knows which store holds what.
//
// "file:" URIs and absolute paths are of a directory store; "s3://bucket/…" (and Hadoop's s3a://
// and s3n://) of the store that has this root or alias, else of one that is opened for the bucket
// when it is first named. Threading: safe from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace ticklake::store {

/// Where a URI leads.
struct StorePlace {
  ObjectStore* store = nullptr;
  std::string key;  ///< "": the store's root
};

class StoreSet {
 public:
  using OpenBucket = std::function<Result<std::unique_ptr<ObjectStore>>(const std::string& bucket)>;

  /// `stores`, tried in that order, outlive it. Without `open_bucket` there are no others.
  explicit StoreSet(std::vector<ObjectStore*> stores, OpenBucket open_bucket = {});

  /// kNotFound: no such bucket; kUnsupported: a scheme that nothing here reads.
  Result<StorePlace> Find(std::string_view uri);
  /// As ObjectStore::Local.
  Result<LocalFile> Local(std::string_view uri);

 private:
  Result<ObjectStore*> Bucket(const std::string& name);

  const std::vector<ObjectStore*> stores_;
  const OpenBucket open_bucket_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ObjectStore>> buckets_;
};

}  // namespace ticklake::store
