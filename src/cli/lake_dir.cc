#include "cli/lake_dir.h"

#include "cli/failpoint_io.h"

namespace ticklake::cli {

Result<LakeDir> OpenLakeDir(const DataDirectory& directory, FileSystem& fs, const Clock& clock,
                            Failpoints* failpoints) {
  LakeDir lake;
  TL_ASSIGN(lake.store, store::OpenDirectoryStore(fs, directory.LakePath(), {kLakeBucketUri}));
  // Only read, and by its own links: not through what tests put before the lake's files.
  TL_ASSIGN(lake.machine, store::OpenDirectoryStore(PosixFileSystem(), "/"));
  lake.buckets = std::make_unique<BucketsDir>(directory, fs, clock);
  lake.files = std::make_unique<store::StoreSet>(
      std::vector<store::ObjectStore*>{lake.store.get(), lake.machine.get()},
      [buckets = lake.buckets.get()](const std::string& name) {
        return buckets->OpenAsStore(name);
      });
  TL_ASSIGN(lake.catalog, catalog::OpenSqliteCatalog(directory.CatalogPath(), clock));
  if (failpoints != nullptr) {
    lake.catalog = NewFailpointCatalog(std::move(lake.catalog), *failpoints);
  }
  lake.tables = std::make_unique<lake::TableStore>(*lake.catalog, *lake.store, clock);
  return lake;
}

std::unique_ptr<lake::ExternalTables> WithExternalTables(const LakeDir& lake,
                                                         lake::TableSource& inner,
                                                         const Clock& clock) {
  return std::make_unique<lake::ExternalTables>(lake::ExternalParts{.inner = &inner,
                                                                    .catalog = lake.catalog.get(),
                                                                    .files = lake.files.get(),
                                                                    .clock = &clock,
                                                                    .lake = lake.store.get()});
}

}  // namespace ticklake::cli
