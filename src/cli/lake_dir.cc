#include "cli/lake_dir.h"

#include "catalog/glue_catalog.h"
#include "cli/failpoint_io.h"
#include "store/s3_store.h"

namespace ticklake::cli {
namespace {

constexpr uint64_t kCachedBytes = 8ULL << 30;  // of data files on S3 that queries have read

Result<void> OpenStores(const DataDirectory& directory, const LakeParts& parts, LakeDir& lake) {
  // Only read, and by its own links: not through what tests put before the lake's files.
  TL_ASSIGN(lake.machine, store::OpenDirectoryStore(PosixFileSystem(), "/"));
  lake.buckets = std::make_unique<BucketsDir>(directory, *parts.fs, *parts.clock);
  if (!lake.place.OnS3()) {
    TL_ASSIGN(lake.store,
              store::OpenDirectoryStore(*parts.fs, directory.LakePath(), {kLakeBucketUri}));
    return {};
  }
  TL_ASSIGN(lake.aws, net::AwsClient::Open(*parts.fs, *parts.clock));
  TL_ASSIGN(lake.cache, store::ReadCache::Open(*parts.fs, directory.CachePath(), kCachedBytes));
  TL_ASSIGN(lake.store,
            store::OpenS3Store(*lake.aws, lake.place.lake, {.cache = lake.cache.get()}));
  return {};
}

/// The buckets that are not the lake's: of the data directory, or, for a lake on S3, of S3.
store::StoreSet::OpenBucket BucketsOf(const LakeDir& lake) {
  if (!lake.place.OnS3()) {
    return [buckets = lake.buckets.get()](const std::string& name) {
      return buckets->OpenAsStore(name);
    };
  }
  return [aws = lake.aws.get(), cache = lake.cache.get()](const std::string& name) {
    return store::OpenS3Store(*aws, "s3://" + name, {.cache = cache});
  };
}

}  // namespace

Result<std::unique_ptr<catalog::Catalog>> OpenCatalogOf(const LakePlace& place,
                                                        const DataDirectory& directory,
                                                        const Clock& clock, net::AwsClient* aws) {
  if (place.InGlue()) return catalog::OpenGlueCatalog(*aws);
  return catalog::OpenSqliteCatalog(directory.CatalogPath(), clock);
}

Result<LakeDir> OpenLakeDir(const DataDirectory& directory, const LakeParts& parts) {
  LakeDir lake;
  TL_ASSIGN(lake.place, SettleLakePlace(directory, *parts.fs, parts.place));
  TL_TRY(OpenStores(directory, parts, lake));
  lake.files = std::make_unique<store::StoreSet>(
      std::vector<store::ObjectStore*>{lake.store.get(), lake.machine.get()}, BucketsOf(lake));
  TL_ASSIGN(lake.catalog, OpenCatalogOf(lake.place, directory, *parts.clock, lake.aws.get()));
  if (parts.failpoints != nullptr) {
    lake.catalog = NewFailpointCatalog(std::move(lake.catalog), *parts.failpoints);
  }
  lake.tables = std::make_unique<lake::TableStore>(*lake.catalog, *lake.store, *parts.clock);
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
