#include "lake/table/expiry.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

#include "lake/table/table_properties.h"

namespace ticklake::lake {
namespace {

using iceberg::EntryStatus;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;
using SnapshotIds = std::set<int64_t>;
using Index = std::map<int64_t, const Snapshot*>;

Index IndexOf(const TableMetadata& metadata) {
  Index index;
  for (const Snapshot& snapshot : metadata.snapshots) index[snapshot.snapshot_id] = &snapshot;
  return index;
}

// The newest `limit` of a snapshot and its ancestors, newest first.
std::vector<int64_t> Lineage(const Index& index, int64_t from, size_t limit) {
  std::vector<int64_t> ids;
  SnapshotIds seen;
  for (auto at = index.find(from); at != index.end() && ids.size() < limit;
       at = index.find(at->second->parent_id)) {
    if (!seen.insert(at->first).second) break;  // a circle
    ids.push_back(at->first);
  }
  return ids;
}

SnapshotIds KeptSnapshots(const TableMetadata& metadata, std::optional<int64_t> now_ms) {
  constexpr size_t kAll = SIZE_MAX;
  const Index index = IndexOf(metadata);
  const auto keep = static_cast<size_t>(
      IntProperty(metadata.properties, property::kMinSnapshotsToKeep, kDefaultSnapshotsToKeep, 1));
  const int64_t age =
      IntProperty(metadata.properties, property::kMaxSnapshotAgeMs, kDefaultSnapshotAgeMs);
  SnapshotIds kept;
  SnapshotIds referenced;
  const auto add = [](SnapshotIds& to, const std::vector<int64_t>& ids) {
    to.insert(ids.begin(), ids.end());
  };
  add(kept, Lineage(index, metadata.current_snapshot_id, keep));
  add(referenced, Lineage(index, metadata.current_snapshot_id, kAll));
  for (const auto& [name, ref] : metadata.refs) {
    if (name == iceberg::kMainBranch) continue;
    add(kept, Lineage(index, ref.snapshot_id, ref.type == "tag" ? 1 : kAll));
    add(referenced, Lineage(index, ref.snapshot_id, kAll));
  }
  for (const Snapshot& snapshot : metadata.snapshots) {
    const bool young = !now_ms || snapshot.timestamp_ms > *now_ms - age;
    if (young && !referenced.contains(snapshot.snapshot_id)) kept.insert(snapshot.snapshot_id);
  }
  return kept;
}

// Readers take the log for a history without gaps: everything before a gap goes.
void TrimSnapshotLog(TableMetadata& metadata, const SnapshotIds& kept) {
  auto& log = metadata.snapshot_log;
  const auto gap = std::find_if(log.rbegin(), log.rend(), [&](const auto& entry) {
    return !kept.contains(entry.snapshot_id);
  });
  log.erase(log.begin(), gap.base());
}

// Statistics name their snapshot; those of expired ones go. `text` is a JSON array.
std::string KeepStatistics(const std::string& text, const SnapshotIds& kept) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_array()) return text;
  boost::json::array& array = value.get_array();
  const auto gone = [&](const boost::json::value& item) {
    const boost::json::object* object = item.if_object();
    const boost::json::value* id = object ? object->if_contains("snapshot-id") : nullptr;
    return id && id->is_int64() && !kept.contains(id->get_int64());
  };
  array.erase(std::remove_if(array.begin(), array.end(), gone), array.end());
  return boost::json::serialize(value);
}

// Adds the live files of a snapshot, whatever their kind.
Result<void> AddLivePaths(const TableMetadata& metadata, const Snapshot& snapshot,
                          TableCache& cache, std::set<std::string>& paths) {
  TL_ASSIGN(const auto list, cache.List(snapshot.manifest_list));
  for (const ManifestFile& file : *list) {
    if (file.LiveFiles() == 0) continue;
    const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    if (!spec) return Fail(Code::kCorrupt, "manifest '{}': unknown spec", file.path);
    TL_ASSIGN(const auto entries, cache.Manifest(file, *spec));
    for (const ManifestEntry& entry : *entries) {
      if (entry.status != EntryStatus::kDeleted) paths.insert(entry.file.path);
    }
  }
  return {};
}

// The data files that the snapshot itself removed from the table.
Result<std::vector<std::string>> RemovedBy(const TableMetadata& metadata, const Snapshot& snapshot,
                                           TableCache& cache) {
  std::vector<std::string> paths;
  TL_ASSIGN(const auto list, cache.List(snapshot.manifest_list));
  for (const ManifestFile& file : *list) {
    const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    const bool own = file.added_snapshot_id == snapshot.snapshot_id && file.deleted_files > 0;
    if (!own || !spec) continue;
    TL_ASSIGN(const auto entries, cache.Manifest(file, *spec));
    for (const ManifestEntry& entry : *entries) {
      const bool here = entry.file.snapshot_id == snapshot.snapshot_id;
      if (entry.status == EntryStatus::kDeleted && here) paths.push_back(entry.file.path);
    }
  }
  return paths;
}

// True if the expired snapshots are just the older end of the current line: then all that is
// left of the line descends from each of them.
bool CutOffTheEnd(const std::vector<Snapshot>& expired, const Snapshot& oldest_kept) {
  Index index;
  for (const Snapshot& snapshot : expired) index[snapshot.snapshot_id] = &snapshot;
  return Lineage(index, oldest_kept.parent_id, SIZE_MAX).size() == expired.size();
}

// Snapshots that descend from all expired ones cannot hold what those removed. Only the
// others, and the current one, are looked through.
Result<std::set<std::string>> StillReachable(const TableMetadata& metadata,
                                             const std::vector<Snapshot>& expired,
                                             TableCache& cache) {
  const Index index = IndexOf(metadata);
  const auto lineage = Lineage(index, metadata.current_snapshot_id, SIZE_MAX);
  const SnapshotIds current(lineage.begin(), lineage.end());
  const bool cut = !lineage.empty() && CutOffTheEnd(expired, *index.at(lineage.back()));
  std::set<std::string> paths;
  for (const Snapshot& snapshot : metadata.snapshots) {
    const bool descends = cut && current.contains(snapshot.snapshot_id);
    if (descends && snapshot.snapshot_id != metadata.current_snapshot_id) continue;
    TL_TRY(AddLivePaths(metadata, snapshot, cache, paths));
  }
  return paths;
}

Result<void> SubtractKeptManifests(const TableMetadata& metadata, TableCache& cache,
                                   std::set<std::string>& manifests) {
  for (auto at = metadata.snapshots.rbegin(); at != metadata.snapshots.rend(); ++at) {
    if (manifests.empty()) return {};
    TL_ASSIGN(const auto list, cache.List(at->manifest_list));
    for (const ManifestFile& file : *list) manifests.erase(file.path);
  }
  return {};
}

Result<void> CheckReadable(const TableMetadata& metadata, const iceberg::DataFile& file) {
  if (file.format == "PARQUET" && file.key_metadata.empty()) return {};
  return Fail(Code::kUnsupported,
              "table at '{}': data file '{}' is {}; only plain Parquet is read: let its writer "
              "rewrite the data files",
              metadata.location, file.path, file.key_metadata.empty() ? file.format : "encrypted");
}

}  // namespace

std::vector<Snapshot> ExpireSnapshots(TableMetadata& metadata, std::optional<int64_t> now_ms) {
  std::vector<Snapshot> expired;
  if (!BoolProperty(metadata.properties, property::kGcEnabled, true)) return expired;
  const SnapshotIds kept = KeptSnapshots(metadata, now_ms);
  if (kept.size() == metadata.snapshots.size()) return expired;
  std::erase_if(metadata.snapshots, [&](Snapshot& snapshot) {
    if (kept.contains(snapshot.snapshot_id)) return false;
    expired.push_back(std::move(snapshot));
    return true;
  });
  TrimSnapshotLog(metadata, kept);
  for (const char* name : {"statistics", "partition-statistics"}) {
    const auto at = metadata.others.find(name);
    if (at != metadata.others.end()) at->second = KeepStatistics(at->second, kept);
  }
  return expired;
}

std::vector<std::string> TrimMetadataLog(TableMetadata& metadata) {
  const auto most = static_cast<size_t>(IntProperty(
      metadata.properties, property::kPreviousVersionsMax, kDefaultPreviousVersions, 1));
  std::vector<std::string> dropped;
  auto& log = metadata.metadata_log;
  if (log.size() <= most) return dropped;
  const auto end = log.end() - static_cast<ptrdiff_t>(most);
  for (auto at = log.begin(); at != end; ++at) dropped.push_back(at->metadata_file);
  log.erase(log.begin(), end);
  if (!BoolProperty(metadata.properties, property::kDeleteOldMetadata, false)) dropped.clear();
  return dropped;
}

Result<Unreachable> UnreachableObjects(const TableMetadata& metadata,
                                       const std::vector<Snapshot>& expired, TableCache& cache) {
  std::set<std::string> manifests;
  std::set<std::string> data_files;
  Unreachable out;
  for (const Snapshot& snapshot : expired) {
    TL_ASSIGN(const auto list, cache.List(snapshot.manifest_list));
    for (const ManifestFile& file : *list) manifests.insert(file.path);
    TL_ASSIGN(const auto removed, RemovedBy(metadata, snapshot, cache));
    data_files.insert(removed.begin(), removed.end());
    out.metadata.push_back(snapshot.manifest_list);
  }
  TL_TRY(SubtractKeptManifests(metadata, cache, manifests));
  out.metadata.insert(out.metadata.end(), manifests.begin(), manifests.end());
  if (!data_files.empty()) {
    TL_ASSIGN(const auto reachable, StillReachable(metadata, expired, cache));
    std::ranges::copy_if(data_files, std::back_inserter(out.data_files),
                         [&](const std::string& path) { return !reachable.contains(path); });
  }
  return out;
}

Result<std::set<std::string>> ReachableObjects(const TableMetadata& metadata, TableCache& cache) {
  std::set<std::string> uris;
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    uris.insert(entry.metadata_file);
  }
  for (const Snapshot& snapshot : metadata.snapshots) {
    uris.insert(snapshot.manifest_list);
    TL_ASSIGN(const auto list, cache.List(snapshot.manifest_list));
    for (const ManifestFile& file : *list) {
      if (!uris.insert(file.path).second) continue;  // a snapshot shares most with its parent
      const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
      if (!spec) return Fail(Code::kCorrupt, "manifest '{}': unknown spec", file.path);
      TL_ASSIGN(const auto entries, cache.Manifest(file, *spec));
      for (const ManifestEntry& entry : *entries) uris.insert(entry.file.path);
    }
  }
  return uris;
}

Result<std::vector<iceberg::DataFile>> LiveFilesOf(const TableMetadata& metadata,
                                                   const Snapshot& snapshot, TableCache& cache) {
  TL_ASSIGN(const auto list, cache.List(snapshot.manifest_list));
  std::vector<iceberg::DataFile> files;
  for (const ManifestFile& file : *list) {
    if (file.LiveFiles() == 0) continue;
    if (file.content == iceberg::ManifestContent::kDeletes) {
      return Fail(Code::kUnsupported,
                  "table at '{}': has delete files, which are not applied here; let its writer "
                  "compact them (rewrite_data_files)",
                  metadata.location);
    }
    const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    if (!spec) {
      return Fail(Code::kCorrupt, "manifest '{}': spec {} is unknown", file.path, file.spec_id);
    }
    TL_ASSIGN(const auto entries, cache.Manifest(file, *spec));
    for (const ManifestEntry& entry : *entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      TL_TRY(CheckReadable(metadata, entry.file));
      files.push_back(entry.file);
    }
  }
  return files;
}

}  // namespace ticklake::lake
