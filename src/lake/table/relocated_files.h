// RelocatedFiles: the lake's files as they read for who knows its root by another URI.
//
// Metadata files are rewritten (lake/iceberg/relocate.h), the same way each time; all others are
// what they are. What was rewritten is kept for a while, since a reader asks for a file's length,
// then for pieces of it. Threading: safe from any thread. Memory: kCacheBytes of files, and a
// number a manifest. Invariant: files are immutable, so that no kept answer is ever wrong. Does
// not: write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lake/iceberg/relocate.h"
#include "lake/table/table_cache.h"
#include "store/object_store.h"

namespace ticklake::lake {

class RelocatedFiles {
 public:
  static constexpr size_t kCacheBytes = 32 << 20;
  static constexpr size_t kMaxLengths = 100'000;

  /// `uri` is the other name of the store's root. The store outlives it.
  RelocatedFiles(store::ObjectStore& store, std::string uri)
      : store_(store), relocation_{store.RootUri(), std::move(uri)} {}

  /// The key is that of a table's metadata file, whose bytes Get tells; those of others are the
  /// store's.
  static bool Rewrites(std::string_view key);

  /// The whole file. Errors: those of the store; kCorrupt for a file that cannot be rewritten.
  Result<std::shared_ptr<const std::string>> Get(const std::string& key);
  /// Bytes of it.
  Result<int64_t> LengthOf(const std::string& key);

 private:
  Result<int64_t> ManifestLength(const std::string& uri, int64_t listed);

  store::ObjectStore& store_;
  const iceberg::Relocation relocation_;
  LruCache<std::string> files_{kCacheBytes};
  LruCache<int64_t> lengths_{kMaxLengths};
};

}  // namespace ticklake::lake
