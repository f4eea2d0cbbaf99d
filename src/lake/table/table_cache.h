// TableCache: parsed metadata files, manifest lists and manifests by URI.
//
// These objects never change, so a commit or a query reads each once. Threading: safe from any
// thread; values are shared and const. Invariants: bounded by count and by entries, least
// recently used goes first. Does not: cache data files.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/manifest.h"
#include "lake/iceberg/metadata.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// Values by key, the least recently used dropped beyond a total cost.
template <class T>
class LruCache {
 public:
  using Value = std::shared_ptr<const T>;

  explicit LruCache(size_t capacity) : capacity_(capacity) {}

  /// nullptr when it is not there.
  Value Find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto at = index_.find(key);
    if (at == index_.end()) return nullptr;
    items_.splice(items_.begin(), items_, at->second);
    return at->second->value;
  }

  /// A value dearer than the whole capacity is not kept.
  void Insert(const std::string& key, Value value, size_t cost) {
    const std::lock_guard lock(mutex_);
    if (cost > capacity_ || index_.contains(key)) return;
    items_.push_front({key, std::move(value), cost});
    index_[key] = items_.begin();
    total_ += cost;
    while (total_ > capacity_) {
      total_ -= items_.back().cost;
      index_.erase(items_.back().key);
      items_.pop_back();
    }
  }

  void Erase(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto at = index_.find(key);
    if (at == index_.end()) return;
    total_ -= at->second->cost;
    items_.erase(at->second);
    index_.erase(at);
  }

 private:
  struct Item {
    std::string key;
    Value value;
    size_t cost;
  };
  std::mutex mutex_;
  const size_t capacity_;
  size_t total_ = 0;
  std::list<Item> items_;  // most recently used first
  std::unordered_map<std::string, typename std::list<Item>::iterator> index_;
};

using ManifestList = std::vector<iceberg::ManifestFile>;
using ManifestEntries = std::vector<iceberg::ManifestEntry>;

class TableCache {
 public:
  /// The store must outlive the cache.
  explicit TableCache(store::ObjectStore& store);

  /// Also of gzipped metadata files, which other writers may make.
  Result<std::shared_ptr<const iceberg::TableMetadata>> Metadata(const std::string& uri);
  Result<std::shared_ptr<const ManifestList>> List(const std::string& uri);
  /// spec: the manifest's, from the table's metadata.
  Result<std::shared_ptr<const ManifestEntries>> Manifest(const iceberg::ManifestFile& file,
                                                          const iceberg::PartitionSpec& spec);

  // What was just written need not be read.
  void Insert(const std::string& uri, std::shared_ptr<const iceberg::TableMetadata> metadata);
  void Insert(const std::string& uri, std::shared_ptr<const ManifestList> list);
  void Insert(const std::string& uri, std::shared_ptr<const ManifestEntries> entries);
  /// That object is hardly needed any more: the newest snapshot does without it, or it is deleted.
  void Forget(const std::string& uri);

 private:
  Result<std::string> Read(const std::string& uri);

  store::ObjectStore& store_;
  LruCache<iceberg::TableMetadata> metadata_;
  LruCache<ManifestList> lists_;
  LruCache<ManifestEntries> manifests_;
};

}  // namespace ticklake::lake
