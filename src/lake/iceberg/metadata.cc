#include "lake/iceberg/metadata.h"

#include <algorithm>
#include <set>

namespace ticklake::lake::iceberg {
namespace {

template <class T, class Id>
const T* FindById(const std::vector<T>& items, Id id, Id T::* member) {
  const auto at = std::ranges::find(items, id, member);
  return at == items.end() ? nullptr : &*at;
}

}  // namespace

// Parsing and building see to it that the current ones are there.
const Schema& TableMetadata::CurrentSchema() const { return *FindSchema(current_schema_id); }
const PartitionSpec& TableMetadata::DefaultSpec() const { return *FindSpec(default_spec_id); }

const SortOrder& TableMetadata::DefaultSortOrder() const {
  return *FindById(sort_orders, default_sort_order_id, &SortOrder::order_id);
}

const Snapshot* TableMetadata::CurrentSnapshot() const { return FindSnapshot(current_snapshot_id); }

const Snapshot* TableMetadata::FindSnapshot(int64_t id) const {
  return FindById(snapshots, id, &Snapshot::snapshot_id);
}

const Schema* TableMetadata::FindSchema(int32_t id) const {
  return FindById(schemas, id, &Schema::schema_id);
}

const PartitionSpec* TableMetadata::FindSpec(int32_t id) const {
  return FindById(specs, id, &PartitionSpec::spec_id);
}

std::optional<std::string> SummaryOfNearestAncestor(const TableMetadata& metadata,
                                                    const std::string& key) {
  std::set<int64_t> seen;  // parents of a damaged file may run in a circle
  const Snapshot* at = metadata.CurrentSnapshot();
  while (at && seen.insert(at->snapshot_id).second) {
    const auto found = at->summary.find(key);
    if (found != at->summary.end()) return found->second;
    at = metadata.FindSnapshot(at->parent_id);
  }
  return std::nullopt;
}

}  // namespace ticklake::lake::iceberg
