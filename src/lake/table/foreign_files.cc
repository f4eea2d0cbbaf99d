#include "lake/table/foreign_files.h"

#include <algorithm>
#include <string_view>

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

Result<void> CheckDroppedTableFile(catalog::Catalog& catalog, const store::ObjectStore& store,
                                   const std::string& key) {
  TL_ASSIGN(const Place place, PlaceOf(key));
  if (!place.folder.contains('-')) {
    return Fail(Code::kAuth,
                "{}: the lake's maintenance removes what no version of a table needs; nobody else "
                "deletes files of its tables",
                key);
  }
  TL_ASSIGN(const auto tables, catalog.ListTables(place.database));
  const std::string folder = place.database + "/" + place.folder;
  const auto here = std::ranges::find_if(tables, [&](const catalog::Table& table) {
    const auto at = store.KeyOf(table.storage.location);
    return at && WithoutSlash(*at) == folder;
  });
  if (here == tables.end()) return {};
  return Fail(Code::kAuth, "{}: table '{}.{}' lies there; drop it first", key, here->database,
              here->name);
}

}  // namespace ticklake::lake
