// A bucket of the local buckets as an ObjectStore, with the root "s3://bucket/".
//
// For readers and writers that know keys and bytes only: the crawler, external tables. Every key of
// the bucket is one here, also those that are no paths ("a//b"); objects whose key ends with '/'
// only stand for folders and are left out of folder listings. Threading: safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "store/buckets/bucket_store.h"
#include "store/object_store.h"
#include "store/read_cache.h"

namespace ticklake::store {

/// `buckets` and `small_files`, where small objects get files for those who need one, outlive it
/// (null: they get none). kNotFound: no such bucket.
Result<std::unique_ptr<ObjectStore>> OpenBucketAsStore(BucketStore& buckets,
                                                       const std::string& bucket,
                                                       ReadCache* small_files);

}  // namespace ticklake::store
