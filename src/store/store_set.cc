#include "store/store_set.h"

#include <optional>
#include <utility>

namespace ticklake::store {
namespace {

constexpr std::string_view kS3 = "s3://";

bool IsRoot(std::string uri, std::string_view root) {
  if (uri.empty()) return false;
  if (!uri.ends_with('/')) uri += '/';
  return uri == root;
}

std::optional<std::string> KeyIn(const ObjectStore& store, const std::string& uri) {
  if (auto key = store.KeyOf(uri)) return std::move(*key);
  if (IsRoot(uri, PlainUri(store.RootUri()))) return std::string();
  for (const std::string& alias : store.Aliases()) {
    if (IsRoot(uri, alias)) return std::string();
  }
  return std::nullopt;
}

}  // namespace

StoreSet::StoreSet(std::vector<ObjectStore*> stores, OpenBucket open_bucket)
    : stores_(std::move(stores)), open_bucket_(std::move(open_bucket)) {}

Result<StorePlace> StoreSet::Find(std::string_view uri) {
  const std::string plain = PlainUri(uri);
  for (ObjectStore* store : stores_) {
    if (auto key = KeyIn(*store, plain)) return StorePlace{store, std::move(*key)};
  }
  if (!plain.starts_with(kS3) || plain.size() == kS3.size()) {
    return Fail(Code::kUnsupported, "'{}': files of this machine and s3://bucket/… are read only",
                uri);
  }
  const size_t slash = plain.find('/', kS3.size());
  TL_ASSIGN(ObjectStore * store, Bucket(plain.substr(kS3.size(), slash - kS3.size())));
  return StorePlace{store, slash == std::string::npos ? "" : plain.substr(slash + 1)};
}

Result<ObjectStore*> StoreSet::Bucket(const std::string& name) {
  if (!open_bucket_) return Fail(Code::kNotFound, "bucket '{}': there are no buckets here", name);
  const std::lock_guard lock(mutex_);
  const auto known = buckets_.find(name);
  if (known != buckets_.end()) return known->second.get();
  TL_ASSIGN(auto opened, open_bucket_(name));
  return buckets_.emplace(name, std::move(opened)).first->second.get();
}

Result<LocalFile> StoreSet::Local(std::string_view uri) {
  TL_ASSIGN(const StorePlace place, Find(uri));
  return place.store->Local(place.key);
}

}  // namespace ticklake::store
