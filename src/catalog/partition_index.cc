#include "catalog/partition_index.h"

#include <algorithm>

#include "catalog/catalog_json.h"

namespace ticklake::catalog {

Result<std::shared_ptr<const PartitionIndex>> PartitionIndex::Make(Stamp stamp,
                                                                   std::vector<std::string> keys) {
  std::shared_ptr<PartitionIndex> index(new PartitionIndex(stamp));
  index->values_.reserve(keys.size());
  for (const std::string& key : keys) {
    TL_ASSIGN(PartitionValues values, ValuesFromJson(key));
    index->values_.push_back(std::move(values));
  }
  index->keys_ = std::move(keys);
  return index;
}

std::vector<std::string> PartitionIndex::Matching(const PageRequest& page,
                                                  std::string& next) const {
  std::vector<std::string> found;
  const auto from = std::ranges::upper_bound(keys_, page.after);
  for (size_t i = static_cast<size_t>(from - keys_.begin()); i < keys_.size(); ++i) {
    if (!page.filter(values_[i])) continue;
    if (found.size() == page.limit) {
      next = found.back();
      break;
    }
    found.push_back(keys_[i]);
  }
  return found;
}

std::shared_ptr<const PartitionIndex> PartitionIndexes::Find(const Name& table,
                                                             PartitionIndex::Stamp stamp) {
  const auto at = kept_.find(table);
  return at != kept_.end() && at->second->stamp() == stamp ? at->second : nullptr;
}

void PartitionIndexes::Keep(const Name& table, std::shared_ptr<const PartitionIndex> index) {
  kept_.erase(table);
  size_t total = index->size();
  for (const auto& [name, kept] : kept_) total += kept->size();
  if (total > kMaxKept) kept_.clear();
  kept_.emplace(table, std::move(index));
}

}  // namespace ticklake::catalog
