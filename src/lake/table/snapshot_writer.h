// SnapshotWriter: the manifests and the manifest list of one new snapshot.
//
// Carries the parent's manifests on, adds one for new files, rewrites those that hold removed
// files, and merges small ones in tiers, so that a table of n files has a number of manifests
// in the order of log n and a commit rewrites little. Threading: one thread, one snapshot.
// Does not: touch the catalog or the metadata file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lake/iceberg/manifest.h"
#include "lake/table/object_writer.h"
#include "lake/table/table.h"
#include "lake/table/table_cache.h"

namespace ticklake::lake {

class SnapshotWriter {
 public:
  /// metadata: the table as it will be, new schema and properties included, still with the
  /// parent as its current snapshot. All references must outlive the writer.
  SnapshotWriter(const iceberg::TableMetadata& metadata, TableCache& cache, ObjectWriter& objects);

  /// Writes everything and gives the snapshot. kConflict: a removed path is not live.
  /// kUnsupported: a rewrite of a table with delete files.
  Result<iceberg::Snapshot> Write(const TableChange& change, int64_t timestamp_ms);

  /// URIs of the parent's manifests that the new snapshot has under other names.
  const std::vector<std::string>& ReplacedManifests() const { return replaced_; }

 private:
  using Entries = std::vector<iceberg::ManifestEntry>;

  Result<void> LoadParent();
  Result<void> AddFiles(const std::vector<iceberg::DataFile>& files);
  Result<std::vector<iceberg::DataFile>> RemoveFiles(const std::vector<std::string>& paths);
  Result<void> MergeManifests();
  Result<void> MergeGroup(const std::vector<size_t>& group);
  /// Writes entries of one spec as manifests of at most `per_manifest` and puts them first.
  Result<std::vector<iceberg::ManifestFile>> WriteEntries(int32_t spec_id, Entries entries,
                                                          size_t per_manifest);
  Result<iceberg::ManifestFile> WriteOne(const iceberg::PartitionSpec& spec, Entries entries);
  Result<const iceberg::PartitionSpec*> SpecOf(int32_t spec_id) const;
  /// How many entries of manifests like these make one of the target size.
  size_t EntriesPerManifest(const std::vector<iceberg::ManifestFile>& like) const;

  const iceberg::TableMetadata& metadata_;
  TableCache& cache_;
  ObjectWriter& objects_;
  const iceberg::Snapshot* parent_;
  const int64_t snapshot_id_;
  const int64_t sequence_number_;
  const std::string commit_uuid_;
  int manifests_written_ = 0;
  std::vector<std::string> replaced_;
  ManifestList manifests_;  // of the new snapshot, newest first
};

}  // namespace ticklake::lake
