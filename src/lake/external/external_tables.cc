#include "lake/external/external_tables.h"

#include <algorithm>
#include <memory>
#include <set>
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

bool IsFile(std::string_view uri) { return store::PlainUri(uri).starts_with('/'); }

// The local locations of a table and of the partitions that lie elsewhere.
std::vector<std::string> DirectoriesOf(const catalog::Table& entry,
                                       const std::vector<catalog::Partition>& partitions) {
  std::vector<std::string> directories;
  const auto add = [&](const std::string& location) {
    if (!IsFile(location)) return;
    if (directories.empty() || !IsBelow(location, directories.front())) {
      directories.push_back(location);
    }
  };
  add(entry.storage.location);
  for (const catalog::Partition& partition : partitions) add(partition.storage.location);
  return directories;
}

// Puts local files in the place of objects that are none.
class Localizer {
 public:
  explicit Localizer(store::StoreSet& files) : files_(files) {}

  Result<void> Localize(std::string& uri) {
    if (IsFile(uri)) return {};
    TL_ASSIGN(store::LocalFile file, files_.Local(uri));
    uri = "file://" + file.path;
    folders_.insert("file://" + file.folder);
    if (file.pin) pins_.push_back(std::move(file.pin));
    return {};
  }

  /// Lets the view read the files, and keep them.
  void Allow(TableView& view) {
    view.directories.insert(view.directories.end(), folders_.begin(), folders_.end());
    view.pins = std::move(pins_);
  }

 private:
  store::StoreSet& files_;
  std::set<std::string> folders_;
  std::vector<std::shared_ptr<const void>> pins_;
};

class ViewMaker {
 public:
  ViewMaker(const catalog::Table& entry, store::StoreSet& files)
      : entry_(entry), files_(files), localizer_(files), view_(std::make_shared<HiveView>()) {}

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

  void Finish(TableView& view) {
    view.hive = std::move(view_);
    localizer_.Allow(view);
  }

 private:
  Result<void> Add(const std::string& location) {
    auto place = files_.Find(location);
    if (!place) return Fail(place.error().Within(Name()));
    auto listed = hive::ListDataFiles(*place->store, std::move(place->key), exclusions_);
    if (!listed) return Fail(listed.error().Within(Name()));
    const size_t partition = view_->partitions.empty() ? 0 : view_->partitions.size() - 1;
    for (std::string& path : *listed) {
      if (!seen_.insert(path).second) {
        return Fail(Code::kInvalid,
                    "{}: '{}' lies in two of its partitions, so its rows would be there twice; "
                    "give the partitions locations apart",
                    Name(), path);
      }
      TL_TRY(localizer_.Localize(path));
      view_->files.push_back({std::move(path), partition});
    }
    return {};
  }

  std::string Name() const { return fmt::format("table '{}.{}'", entry_.database, entry_.name); }

  const catalog::Table& entry_;
  store::StoreSet& files_;
  Localizer localizer_;
  std::vector<std::string> exclusions_;
  std::shared_ptr<HiveView> view_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

Result<TableView> ExternalTables::View(const std::string& database, const std::string& table,
                                       const Patience& patience) {
  const auto entry = parts_.catalog->GetTable(database, table);
  if (!entry && entry.error().code != Code::kNotFound) return Fail(entry.error());
  if (!entry) return ViewInner(database, table, patience);  // a tail alone, perhaps
  const auto metadata = entry->parameters.find(catalog::kMetadataLocation);
  if (metadata == entry->parameters.end()) return ViewHive(*entry);
  if (parts_.lake->KeyOf(metadata->second)) return ViewInner(database, table, patience);
  return ViewIceberg(*entry, metadata->second);
}

// Other writers of the lake's tables name its files as they know them.
Result<TableView> ExternalTables::ViewInner(const std::string& database, const std::string& table,
                                            const Patience& patience) {
  TL_ASSIGN(TableView view, parts_.inner->View(database, table, patience));
  Localizer localizer(*parts_.files);
  for (iceberg::DataFile& file : view.files) TL_TRY(localizer.Localize(file.path));
  localizer.Allow(view);
  return view;
}

TableStore& ExternalTables::TablesIn(store::ObjectStore& store) {
  const std::lock_guard lock(mutex_);
  auto& tables = iceberg_[&store];
  if (!tables) tables = std::make_unique<TableStore>(*parts_.catalog, store, *parts_.clock);
  return *tables;
}

Result<TableView> ExternalTables::ViewIceberg(const catalog::Table& entry,
                                              const std::string& metadata) {
  const auto place = parts_.files->Find(metadata);
  const std::string name = fmt::format("table '{}.{}'", entry.database, entry.name);
  if (!place) return Fail(place.error().Within(name));
  TableStore& tables = TablesIn(*place->store);
  TL_ASSIGN(const TableState state, tables.Load(entry.database, entry.name));
  TableView view{.database = entry.database, .name = entry.name};
  view.schema = state.metadata->CurrentSchema();
  TL_ASSIGN(view.files, tables.LiveFiles(state));
  const bool on_disk = IsFile(metadata);
  if (on_disk) view.directories = {state.metadata->location};
  Localizer localizer(*parts_.files);
  for (iceberg::DataFile& file : view.files) {
    // What may be written into a bucket from afar must not lead to any file of this machine.
    if (!on_disk && IsFile(file.path)) {
      return Fail(Code::kUnsupported,
                  "{}: its metadata is at '{}', but names a file of this machine, '{}'; move the "
                  "file into the bucket",
                  name, metadata, file.path);
    }
    TL_TRY(localizer.Localize(file.path));
  }
  localizer.Allow(view);
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
  maker.Finish(view);
  return view;
}

}  // namespace ticklake::lake
