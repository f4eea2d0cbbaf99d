#include "lake/table/new_table_file.h"

namespace ticklake::lake {

Result<void> CheckNewTableFile(catalog::Catalog& catalog, const store::ObjectStore& store,
                               const std::string& key) {
  const size_t database = key.find('/');
  const size_t table = database == std::string::npos ? database : key.find('/', database + 1);
  const std::string rest = table == std::string::npos ? "" : key.substr(table + 1);
  if (!rest.starts_with("data/") && !rest.starts_with("metadata/")) {
    return Fail(Code::kAuth,
                "{}: the lake takes files of its tables only, below DATABASE/TABLE/data/ or "
                "metadata/; use a bucket of your own for others",
                key);
  }
  const auto entry =
      catalog.GetTable(key.substr(0, database), key.substr(database + 1, table - database - 1));
  if (!entry && entry.error().code != Code::kNotFound) return Fail(entry.error());
  if (entry && entry->parameters.contains(catalog::kMetadataLocation)) {
    const auto location = store.KeyOf(entry->storage.location);
    if (location && *location == key.substr(0, table)) return {};
  }
  return Fail(Code::kAuth,
              "{}: no Iceberg table of the catalog lies at '{}'; make tables of your own in a "
              "bucket of your own",
              key, key.substr(0, table));
}

}  // namespace ticklake::lake
