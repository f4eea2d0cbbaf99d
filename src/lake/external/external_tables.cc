#include "lake/external/external_tables.h"

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "lake/hive/files.h"
#include "lake/hive/view.h"

namespace ticklake::lake {
namespace {

using hive::HiveView;

bool IsBelow(std::string_view location, std::string_view folder) {
  return location == folder || (location.starts_with(folder) &&
                                (folder.ends_with('/') || location[folder.size()] == '/'));
}

// The locations of a table and of the partitions that lie elsewhere.
std::vector<std::string> DirectoriesOf(const catalog::Table& entry,
                                       const std::vector<catalog::Partition>& partitions) {
  std::vector<std::string> directories = {entry.storage.location};
  for (const catalog::Partition& partition : partitions) {
    const std::string& location = partition.storage.location;
    if (!IsBelow(location, directories.front())) directories.push_back(location);
  }
  return directories;
}

class ViewMaker {
 public:
  ViewMaker(const catalog::Table& entry, store::ObjectStore& files)
      : entry_(entry), files_(files), view_(std::make_shared<HiveView>()) {}

  Result<void> ReadEntry() {
    TL_ASSIGN(view_->layout, hive::LayoutOf(entry_));
    TL_ASSIGN(exclusions_, hive::ExclusionsOf(entry_.parameters));
    return {};
  }

  Result<void> AddWhole() { return Add(entry_.storage.location); }

  Result<void> AddPartition(const catalog::Partition& partition) {
    view_->partitions.push_back(partition.values);
    return Add(partition.storage.location);
  }

  std::shared_ptr<const HiveView> Take() { return std::move(view_); }

 private:
  Result<void> Add(const std::string& location) {
    auto listed = hive::ListDataFiles(files_, location, exclusions_);
    if (!listed) return Fail(listed.error().Within(Name()));
    const size_t partition = view_->partitions.empty() ? 0 : view_->partitions.size() - 1;
    for (std::string& path : *listed) {
      if (!seen_.insert(path).second) {
        return Fail(Code::kInvalid,
                    "{}: '{}' lies in two of its partitions, so its rows would be there twice; "
                    "give the partitions locations apart",
                    Name(), path);
      }
      view_->files.push_back({std::move(path), partition});
    }
    return {};
  }

  std::string Name() const { return fmt::format("table '{}.{}'", entry_.database, entry_.name); }

  const catalog::Table& entry_;
  store::ObjectStore& files_;
  std::vector<std::string> exclusions_;
  std::shared_ptr<HiveView> view_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

Result<TableView> ExternalTables::View(const std::string& database, const std::string& table,
                                       const Patience& patience) {
  const auto entry = parts_.catalog->GetTable(database, table);
  if (!entry && entry.error().code != Code::kNotFound) return Fail(entry.error());
  if (!entry) return parts_.inner->View(database, table, patience);  // a tail alone, perhaps
  const auto metadata = entry->parameters.find(catalog::kMetadataLocation);
  if (metadata == entry->parameters.end()) return ViewHive(*entry);
  if (IsBelow(metadata->second, parts_.lake_uri)) {
    return parts_.inner->View(database, table, patience);
  }
  return ViewIceberg(*entry);
}

Result<TableView> ExternalTables::ViewIceberg(const catalog::Table& entry) {
  TL_ASSIGN(const TableState state, iceberg_.Load(entry.database, entry.name));
  TableView view{.database = entry.database, .name = entry.name};
  view.schema = state.metadata->CurrentSchema();
  TL_ASSIGN(view.files, iceberg_.LiveFiles(state));
  view.directories = {state.metadata->location};
  return view;
}

Result<TableView> ExternalTables::ViewHive(const catalog::Table& entry) {
  ViewMaker maker(entry, *parts_.files);
  TL_TRY(maker.ReadEntry());
  std::vector<catalog::Partition> partitions;
  if (entry.partition_keys.empty()) {
    TL_TRY(maker.AddWhole());
  } else {
    TL_ASSIGN(partitions, catalog::AllPartitions(*parts_.catalog, entry.database, entry.name));
    for (const catalog::Partition& partition : partitions) TL_TRY(maker.AddPartition(partition));
  }
  TableView view{.database = entry.database, .name = entry.name};
  view.directories = DirectoriesOf(entry, partitions);
  view.hive = maker.Take();
  return view;
}

}  // namespace ticklake::lake
