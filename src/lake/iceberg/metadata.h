// TableMetadata: an Iceberg table's metadata file, version 2 (spec "Table Metadata").
//
// Threading: plain values; share them as const. Invariants: what another writer put there and
// we do not use (statistics, unknown fields) is kept and written again. Version 1 and versions
// from 3 on are refused with advice. Does not: touch files, or decide what to keep.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"

namespace ticklake::lake::iceberg {

inline constexpr int32_t kFormatVersion = 2;
inline constexpr char kMainBranch[] = "main";
inline constexpr int64_t kNoSnapshot = -1;
inline constexpr int32_t kFirstPartitionFieldId = 1000;

struct Snapshot {
  int64_t snapshot_id = kNoSnapshot;
  int64_t parent_id = kNoSnapshot;
  int64_t sequence_number = 0;
  int64_t timestamp_ms = 0;
  std::string manifest_list;                   ///< URI
  std::map<std::string, std::string> summary;  ///< "operation" included
  std::optional<int32_t> schema_id;
};

/// A branch or a tag.
struct SnapshotRef {
  int64_t snapshot_id = kNoSnapshot;
  std::string type = "branch";
  std::optional<int64_t> min_snapshots_to_keep;
  std::optional<int64_t> max_snapshot_age_ms;
  std::optional<int64_t> max_ref_age_ms;
};

struct SnapshotLogEntry {
  int64_t timestamp_ms = 0;
  int64_t snapshot_id = kNoSnapshot;
};

struct MetadataLogEntry {
  int64_t timestamp_ms = 0;
  std::string metadata_file;  ///< URI
};

struct TableMetadata {
  std::string table_uuid;
  std::string location;  ///< URI without a final '/'
  int64_t last_sequence_number = 0;
  int64_t last_updated_ms = 0;
  int32_t last_column_id = 0;
  std::vector<Schema> schemas;
  int32_t current_schema_id = 0;
  std::vector<PartitionSpec> specs;
  int32_t default_spec_id = 0;
  int32_t last_partition_id = kFirstPartitionFieldId - 1;
  std::vector<SortOrder> sort_orders;
  int32_t default_sort_order_id = 0;
  std::map<std::string, std::string> properties;
  int64_t current_snapshot_id = kNoSnapshot;
  std::vector<Snapshot> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::map<std::string, SnapshotRef> refs;
  /// Statistics files and top-level fields unknown here, as JSON text by their name.
  std::map<std::string, std::string> others;

  const Schema& CurrentSchema() const;
  const PartitionSpec& DefaultSpec() const;
  const SortOrder& DefaultSortOrder() const;
  /// nullptr when there is none.
  const Snapshot* CurrentSnapshot() const;
  const Snapshot* FindSnapshot(int64_t snapshot_id) const;
  const Schema* FindSchema(int32_t schema_id) const;
  const PartitionSpec* FindSpec(int32_t spec_id) const;
};

/// kCorrupt: no JSON, or something required lacks or contradicts itself (the current schema,
/// default spec, default sort order and current snapshot are there). kUnsupported: a format
/// version other than 2, or a type this version does not know.
Result<TableMetadata> ParseTableMetadata(std::string_view json);
std::string SerializeTableMetadata(const TableMetadata& metadata);

/// Schema and spec as they also stand in manifests' headers.
std::string SerializeSchema(const Schema& schema);
Result<Schema> ParseSchema(std::string_view json);
std::string SerializePartitionFields(const PartitionSpec& spec);

/// The value of a summary key in the current snapshot, or in its nearest ancestor that has
/// one: other writers' commits do not carry our keys on. Nothing when none of the snapshots
/// still kept has it.
std::optional<std::string> SummaryOfNearestAncestor(const TableMetadata& metadata,
                                                    const std::string& key);

}  // namespace ticklake::lake::iceberg
