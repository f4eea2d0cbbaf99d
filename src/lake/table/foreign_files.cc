#include "lake/table/foreign_files.h"

#include <string_view>

#include "lake/table/object_writer.h"
#include "lake/table/table_folder.h"

namespace ticklake::lake {
namespace {

// "DATABASE/FOLDER/REST"
struct Place {
  std::string database;
  std::string folder;
  std::string rest;
};

Result<Place> PlaceOf(const std::string& key) {
  const size_t database = key.find('/');
  const size_t folder = database == std::string::npos ? database : key.find('/', database + 1);
  Place place;
  if (folder != std::string::npos) {
    place = {key.substr(0, database), key.substr(database + 1, folder - database - 1),
             key.substr(folder + 1)};
  }
  if (place.folder.empty() ||
      (!place.rest.starts_with("data/") && !place.rest.starts_with("metadata/"))) {
    return Fail(Code::kAuth,
                "{}: the lake takes files of Iceberg tables only, below DATABASE/TABLE/data/ or "
                "metadata/; use a bucket of your own for others",
                key);
  }
  return place;
}

// Of a number that the table has reached: no commit can make it the current one any more.
bool IsEarlierMetadata(const catalog::Table& table, const std::string& key) {
  const auto current = table.parameters.find(catalog::kMetadataLocation);
  if (current == table.parameters.end()) return false;
  const auto number = MetadataNumber(key);
  return number && number <= MetadataNumber(current->second);
}

}  // namespace

Result<void> CheckNewTableFile(catalog::Catalog& catalog, const std::string& key) {
  TL_ASSIGN(const Place place, PlaceOf(key));
  const auto found = catalog.GetDatabase(place.database);
  if (found) return {};
  if (found.error().code != Code::kNotFound) return Fail(found.error());
  return Fail(Code::kAuth,
              "{}: there is no database '{}'; create it first, or use a bucket of your own", key,
              place.database);
}

Result<std::optional<catalog::Table>> DeletionCheck::TableAt(const std::string& database,
                                                             const std::string& folder) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    auto known = folders_.find(database);
    if (known == folders_.end()) {
      TL_ASSIGN(const auto all, tables_.catalog().ListTables(database));
      known = folders_.emplace(database, std::map<std::string, std::string>()).first;
      for (const catalog::Table& table : all) {
        const auto at = FolderKey(tables_.store(), table.storage.location);
        if (at) known->second.emplace(*at, table.name);
      }
    }
    const auto found = known->second.find(folder);
    if (found == known->second.end()) return std::optional<catalog::Table>();
    name = found->second;
  }
  auto table = tables_.catalog().GetTable(database, name);
  if (!table && table.error().code == Code::kNotFound) return std::optional<catalog::Table>();
  TL_ASSIGN(catalog::Table found, std::move(table));
  return std::optional(std::move(found));
}

Result<DeletionCheck::Keys> DeletionCheck::NeededBy(const catalog::Table& table) {
  const std::lock_guard lock(mutex_);
  Needed& needed = needed_[table.database + "/" + table.name];
  if (needed.keys && needed.version == table.version) return needed.keys;
  TL_ASSIGN(const TableState state, tables_.Load(table.database, table.name));
  TL_ASSIGN(auto keys, tables_.ReachableKeys(state));
  needed = {state.entry.version, std::make_shared<const std::set<std::string>>(std::move(keys))};
  return needed.keys;
}

Result<void> DeletionCheck::Check(const std::string& key, bool taken) {
  TL_ASSIGN(const Place place, PlaceOf(key));
  TL_ASSIGN(const auto here, TableAt(place.database, place.database + "/" + place.folder));
  if (!here && (taken || place.folder.contains('-'))) return {};
  if (!taken && !(here && IsEarlierMetadata(*here, key))) {
    return Fail(Code::kAuth,
                "{}: the lake's maintenance removes what no version of a table needs; nobody else "
                "deletes files of its tables",
                key);
  }
  TL_ASSIGN(const Keys needed, NeededBy(*here));
  if (!needed->contains(key)) return {};
  return Fail(Code::kAuth, "{}: table '{}.{}' needs it", key, here->database, here->name);
}

}  // namespace ticklake::lake
