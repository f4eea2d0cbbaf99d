// A list of the lake's objects in the order of their keys, folder by folder.
//
// Folders that hold nothing asked for are not entered, so that a page costs what it shows.
// Threading: as the store's.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "store/buckets/bucket_store.h"
#include "store/object_store.h"

namespace ticklake::aws::s3 {

/// A key that a store of folders can have: no empty name, no "." or "..", none at its end.
bool IsLakeKey(std::string_view key);

/// Calls `take` with each object, or common prefix (its key only), that the request asks for, until
/// that returns false. request.limit is `take`'s to keep.
Result<void> WalkLake(store::ObjectStore& lake, const store::ListRequest& request,
                      const std::function<bool(const store::ObjectInfo&, bool is_prefix)>& take);

}  // namespace ticklake::aws::s3
