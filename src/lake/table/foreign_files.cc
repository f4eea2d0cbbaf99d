#include "lake/table/foreign_files.h"

#include <string_view>

#include "lake/table/object_writer.h"

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

std::string_view WithoutSlash(std::string_view key) {
  while (key.ends_with('/')) key.remove_suffix(1);
  return key;
}

// The table that lies in the folder; kNotFound if there is none.
Result<catalog::Table> TableAt(TableStore& tables, const Place& place) {
  TL_ASSIGN(const auto all, tables.catalog().ListTables(place.database));
  const std::string folder = place.database + "/" + place.folder;
  for (const catalog::Table& table : all) {
    const auto at = tables.store().KeyOf(table.storage.location);
    if (at && WithoutSlash(*at) == folder) return table;
  }
  return Fail(Code::kNotFound, "{}: no table lies there", folder);
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

Result<void> CheckDeletion(TableStore& tables, const std::string& key, bool taken) {
  TL_ASSIGN(const Place place, PlaceOf(key));
  const auto here = TableAt(tables, place);
  if (!here && here.error().code != Code::kNotFound) return Fail(here.error());
  if (!here && (taken || place.folder.contains('-'))) return {};
  if (!taken && !(here && IsEarlierMetadata(*here, key))) {
    return Fail(Code::kAuth,
                "{}: the lake's maintenance removes what no version of a table needs; nobody else "
                "deletes files of its tables",
                key);
  }
  TL_ASSIGN(const TableState state, tables.Load(here->database, here->name));
  TL_ASSIGN(const auto needed, tables.ReachableKeys(state));
  if (!needed.contains(key)) return {};
  return Fail(Code::kAuth, "{}: table '{}.{}' needs it", key, here->database, here->name);
}

}  // namespace ticklake::lake
