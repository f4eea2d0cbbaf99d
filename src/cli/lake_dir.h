// The lake of a data directory, opened: objects, catalog, tables.
//
// Threading: as its parts. Several processes of one host may have it open.
#pragma once

#include <memory>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "cli/buckets_dir.h"
#include "cli/data_dir.h"
#include "cli/failpoints.h"
#include "cli/lake_place.h"
#include "lake/external/external_tables.h"
#include "lake/table/table.h"
#include "net/aws/aws_client.h"
#include "store/object_store.h"
#include "store/read_cache.h"
#include "store/store_set.h"

namespace ticklake::cli {

/// The lake's root, as whoever comes through the S3 door knows it.
inline constexpr char kLakeBucketUri[] = "s3://ticklake/";

/// In the order of construction.
struct LakeDir {
  LakePlace place;
  std::unique_ptr<net::AwsClient> aws;      ///< null for a lake in the directory
  std::unique_ptr<store::ReadCache> cache;  ///< of objects on S3; likewise
  std::unique_ptr<store::ObjectStore> store;
  std::unique_ptr<store::ObjectStore> machine;  ///< every file there is: for registered tables
  std::unique_ptr<BucketsDir> buckets;
  std::unique_ptr<store::StoreSet> files;  ///< where locations of tables may lead: all of these
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<lake::TableStore> tables;
};

/// What queries see: the tables of `inner`, and those that lie outside of the lake. Both outlive
/// it.
std::unique_ptr<lake::ExternalTables> WithExternalTables(const LakeDir& lake,
                                                         lake::TableSource& inner,
                                                         const Clock& clock);

/// What opening a lake needs; what is pointed to outlives it.
struct LakeParts {
  FileSystem* fs = nullptr;
  const Clock* clock = nullptr;
  LakePlace place = {};
  Failpoints* failpoints = nullptr;  ///< for the catalog's part; null for none
};

/// Opens (and creates where missing) DIR/lake and DIR/catalog.db, or what stands for them
/// elsewhere; DIR/buckets when needed. `directory` outlives it.
Result<LakeDir> OpenLakeDir(const DataDirectory& directory, const LakeParts& parts);

/// The catalog of a place that SettleLakePlace gave. `aws` is used for Glue, and outlives it.
Result<std::unique_ptr<catalog::Catalog>> OpenCatalogOf(const LakePlace& place,
                                                        const DataDirectory& directory,
                                                        const Clock& clock, net::AwsClient* aws);

}  // namespace ticklake::cli
