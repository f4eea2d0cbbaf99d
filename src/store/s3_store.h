// S3Store: an ObjectStore on S3, or on a service that speaks its protocol.
//
// Small objects are put whole, large ones in parts, several at once; an upload that fails is
// aborted, and RemoveStale ends what a crash left. PutIfAbsent writes under If-None-Match with a
// token of its own beside the object: when an answer is lost, or says that something is there, the
// token tells whether it was this very write. Threading: as ObjectStore. Does not: make buckets.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/aws/aws_client.h"
#include "store/object_store.h"
#include "store/read_cache.h"

namespace ticklake::store {

struct S3StoreOptions {
  size_t multipart_from = 32 << 20;  ///< bytes: objects from here on go in parts
  size_t part_size = 16 << 20;       ///< bytes, at least 5 MiB on AWS; larger for huge objects
  size_t threads = 8;                ///< requests at once of one PutAll or of one object's parts
  ReadCache* cache = nullptr;        ///< for Local; outlives the store
};

/// `uri`: "s3://bucket" or "s3://bucket/prefix/". `client` outlives the store. kInvalid: the URI,
/// or no region is known. Sends nothing yet.
Result<std::unique_ptr<ObjectStore>> OpenS3Store(net::AwsClient& client, const std::string& uri,
                                                 const S3StoreOptions& options = {});

}  // namespace ticklake::store
