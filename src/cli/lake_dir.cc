#include "cli/lake_dir.h"

namespace ticklake::cli {

Result<LakeDir> OpenLakeDir(const DataDirectory& directory, FileSystem& fs, const Clock& clock) {
  LakeDir lake;
  TL_ASSIGN(lake.store, store::OpenDirectoryStore(fs, directory.LakePath()));
  TL_ASSIGN(lake.catalog, catalog::OpenSqliteCatalog(directory.CatalogPath(), clock));
  lake.tables = std::make_unique<lake::TableStore>(*lake.catalog, *lake.store, clock);
  return lake;
}

}  // namespace ticklake::cli
