// Expiry: which snapshots and old metadata files go with a commit, and what may be deleted
// once it stands.
//
// Threading: functions without state but the cache. Invariants: nothing is named for deletion
// that a kept snapshot, branch or tag can reach. Does not: delete.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/metadata.h"
#include "lake/table/table_cache.h"

namespace ticklake::lake {

/// Takes expired snapshots out of `metadata`, with their log entries and statistics: of the
/// main branch all beyond the newest `history.expire.min-snapshots-to-keep`; of what no branch
/// or tag reaches all older than `history.expire.max-snapshot-age-ms`. Other branches keep
/// everything, tags their snapshot. Nothing when gc.enabled is false.
/// now_ms: the wall clock; nullopt while it cannot be trusted: then nothing is too old.
std::vector<iceberg::Snapshot> ExpireSnapshots(iceberg::TableMetadata& metadata,
                                               std::optional<int64_t> now_ms);

/// Shortens the metadata log to `write.metadata.previous-versions-max`; gives the URIs of the
/// files that may be deleted (none unless the table wants that).
std::vector<std::string> TrimMetadataLog(iceberg::TableMetadata& metadata);

struct Unreachable {
  std::vector<std::string> metadata;    ///< URIs of manifest lists and manifests
  std::vector<std::string> data_files;  ///< URIs
};

/// What only the expired snapshots could reach: their manifest lists, manifests, and the data
/// files that they themselves removed. Call it before anything is deleted.
Result<Unreachable> UnreachableObjects(const iceberg::TableMetadata& metadata,
                                       const std::vector<iceberg::Snapshot>& expired,
                                       TableCache& cache);

/// URIs of all that the table's snapshots name: manifest lists, manifests, files of any kind, also
/// those that a snapshot removed; and the older metadata files.
Result<std::set<std::string>> ReachableObjects(const iceberg::TableMetadata& metadata,
                                               TableCache& cache);

/// Live data files of a snapshot. kUnsupported when delete files are present, or files that
/// are not plain Parquet.
Result<std::vector<iceberg::DataFile>> LiveFilesOf(const iceberg::TableMetadata& metadata,
                                                   const iceberg::Snapshot& snapshot,
                                                   TableCache& cache);

}  // namespace ticklake::lake
