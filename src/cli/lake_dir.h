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
#include "lake/external/external_tables.h"
#include "lake/table/table.h"
#include "store/object_store.h"
#include "store/store_set.h"

namespace ticklake::cli {

/// The lake's root, as whoever comes through the S3 door knows it.
inline constexpr char kLakeBucketUri[] = "s3://ticklake/";

struct LakeDir {
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

/// Opens (and creates where missing) DIR/lake and DIR/catalog.db; DIR/buckets when needed. All
/// arguments outlive it. failpoints: for the catalog's part; nullptr for none.
Result<LakeDir> OpenLakeDir(const DataDirectory& directory, FileSystem& fs, const Clock& clock,
                            Failpoints* failpoints = nullptr);

}  // namespace ticklake::cli
