// Manifests and manifest lists (spec "Manifests", "Manifest Lists"), version 2.
//
// A manifest list names a snapshot's manifests; a manifest names data files. Threading: plain
// values. Invariants: entries read have their inherited snapshot id and sequence numbers
// filled in. Does not: touch files, or decide what goes into which manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/metadata.h"

namespace ticklake::lake::iceberg {

enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// One data file in a manifest. For kDeleted, file.snapshot_id is the snapshot that removed
/// it; otherwise the one that added it.
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  DataFile file;
};

enum class ManifestContent { kData = 0, kDeletes = 1 };

/// The range of one partition field's values over a manifest's files.
struct FieldSummary {
  bool contains_null = false;
  bool contains_nan = false;
  /// Single-value serialisation. Readers take their absence for "all values are null or NaN".
  std::optional<std::string> lower = std::nullopt;
  std::optional<std::string> upper = std::nullopt;
};

/// One manifest, as a manifest list describes it.
struct ManifestFile {
  std::string path;  ///< URI
  int64_t length = 0;
  int32_t spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  int64_t sequence_number = 0;
  int64_t min_sequence_number = 0;
  int64_t added_snapshot_id = 0;
  int32_t added_files = 0;
  int32_t existing_files = 0;
  int32_t deleted_files = 0;
  int64_t added_rows = 0;
  int64_t existing_rows = 0;
  int64_t deleted_rows = 0;
  std::vector<FieldSummary> partitions;  ///< one per field of the spec, or none
  std::string key_metadata;

  int32_t LiveFiles() const { return added_files + existing_files; }
};

/// What the header of a manifest says, and what its entries inherit.
struct ManifestContext {
  const Schema* schema = nullptr;       ///< the table's
  const PartitionSpec* spec = nullptr;  ///< the one all entries follow
  int64_t snapshot_id = 0;              ///< the snapshot that writes the manifest
  int64_t sequence_number = 0;          ///< of that snapshot
};

struct WrittenManifest {
  std::string bytes;
  ManifestFile file;  ///< all but the path
};

/// Encodes a data manifest. Sequence numbers of kAdded entries are left to be inherited, those
/// of others are written. kUnsupported when the spec has a transform or source column that is
/// not known.
Result<WrittenManifest> WriteManifest(const ManifestContext& context,
                                      const std::vector<ManifestEntry>& entries);

/// All entries of a manifest, removed ones included. spec: the manifest's, from the table.
Result<std::vector<ManifestEntry>> ReadManifest(std::string_view bytes, const ManifestFile& file,
                                                const PartitionSpec& spec);

Result<std::string> WriteManifestList(const Snapshot& snapshot,
                                      const std::vector<ManifestFile>& manifests);
/// kUnsupported for a list that version 1 wrote without counts.
Result<std::vector<ManifestFile>> ReadManifestList(std::string_view bytes);

}  // namespace ticklake::lake::iceberg
