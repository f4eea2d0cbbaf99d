#include "cli/lake_dir.h"

#include "cli/failpoint_io.h"

namespace ticklake::cli {

Result<LakeDir> OpenLakeDir(const DataDirectory& directory, FileSystem& fs, const Clock& clock,
                            Failpoints* failpoints) {
  LakeDir lake;
  TL_ASSIGN(lake.store, store::OpenDirectoryStore(fs, directory.LakePath()));
  TL_ASSIGN(lake.catalog, catalog::OpenSqliteCatalog(directory.CatalogPath(), clock));
  if (failpoints != nullptr) {
    lake.catalog = NewFailpointCatalog(std::move(lake.catalog), *failpoints);
  }
  lake.tables = std::make_unique<lake::TableStore>(*lake.catalog, *lake.store, clock);
  return lake;
}

}  // namespace ticklake::cli
