// The values of a table's partitions in memory, so that a filter reads no storage descriptors.
//
// Threading: an index is immutable; PartitionIndexes belongs to whoever holds the catalog's lock.
// Memory: kMaxKept partitions in all. Does not: notice changes; a stamp tells of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"

namespace ticklake::catalog {

class PartitionIndex {
 public:
  /// Which table's partitions these are, and at which version: create_time, partitions_version.
  using Stamp = std::pair<Nanos, int64_t>;

  /// keys: the JSON of each partition's values, in order. kCorrupt if one is none.
  static Result<std::shared_ptr<const PartitionIndex>> Make(Stamp stamp,
                                                            std::vector<std::string> keys);

  /// The keys of one page; sets `next` as PartitionPage has it.
  std::vector<std::string> Matching(const PageRequest& page, std::string& next) const;

  Stamp stamp() const { return stamp_; }
  size_t size() const { return keys_.size(); }

 private:
  explicit PartitionIndex(Stamp stamp) : stamp_(stamp) {}

  Stamp stamp_;
  std::vector<std::string> keys_;
  std::vector<PartitionValues> values_;
};

class PartitionIndexes {
 public:
  static constexpr size_t kMaxKept = 1'000'000;
  using Name = std::pair<std::string, std::string>;

  /// nullptr if there is none, or it is of another stamp.
  std::shared_ptr<const PartitionIndex> Find(const Name& table, PartitionIndex::Stamp stamp);
  void Keep(const Name& table, std::shared_ptr<const PartitionIndex> index);

 private:
  std::map<Name, std::shared_ptr<const PartitionIndex>> kept_;
};

}  // namespace ticklake::catalog
