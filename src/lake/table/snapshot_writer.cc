#include "lake/table/snapshot_writer.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/log.h"
#include "base/uuid.h"
#include "lake/iceberg/summary.h"
#include "lake/table/table_properties.h"

namespace ticklake::lake {
namespace {

using iceberg::EntryStatus;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;

int64_t NewSnapshotId(const iceberg::TableMetadata& metadata) {
  while (true) {
    const Uuid random = Uuid::Random();
    const auto* bytes = reinterpret_cast<const char*>(random.bytes.data());
    const uint64_t mixed = LoadBig<uint64_t>(bytes) ^ LoadBig<uint64_t>(bytes + 8);
    const auto id = static_cast<int64_t>(mixed >> 1);
    if (id > 0 && !metadata.FindSnapshot(id)) return id;
  }
}

bool HasLiveDeletes(const ManifestList& manifests) {
  return std::ranges::any_of(manifests, [](const ManifestFile& file) {
    return file.content == ManifestContent::kDeletes && file.LiveFiles() > 0;
  });
}

// 0 for up to base files, 1 for up to base², …: manifests are merged with their like, so that
// each file is rewritten only log(n) times.
int TierOf(const ManifestFile& file, int64_t base) {
  int tier = 0;
  for (int64_t bound = base; file.LiveFiles() >= bound; bound *= base) ++tier;
  return tier;
}

}  // namespace

SnapshotWriter::SnapshotWriter(const iceberg::TableMetadata& metadata, TableCache& cache,
                               ObjectWriter& objects)
    : metadata_(metadata),
      cache_(cache),
      objects_(objects),
      parent_(metadata.CurrentSnapshot()),
      snapshot_id_(NewSnapshotId(metadata)),
      sequence_number_(metadata.last_sequence_number + 1),
      commit_uuid_(Uuid::Random().ToString()) {}

Result<iceberg::Snapshot> SnapshotWriter::Write(const TableChange& change, int64_t timestamp_ms) {
  TL_TRY(LoadParent());
  TL_ASSIGN(auto removed, RemoveFiles(change.removed_paths));
  TL_TRY(MergeManifests());
  TL_TRY(AddFiles(change.added));

  iceberg::Snapshot snapshot;
  snapshot.snapshot_id = snapshot_id_;
  snapshot.parent_id = parent_ ? parent_->snapshot_id : iceberg::kNoSnapshot;
  snapshot.sequence_number = sequence_number_;
  snapshot.timestamp_ms = timestamp_ms;
  snapshot.schema_id = metadata_.current_schema_id;
  snapshot.summary = change.summary;
  snapshot.summary.merge(iceberg::StandardSummary(parent_, {change.added, std::move(removed)}));
  TL_ASSIGN(const std::string bytes, iceberg::WriteManifestList(snapshot, manifests_));
  TL_ASSIGN(
      snapshot.manifest_list,
      objects_.PutMetadata(fmt::format("snap-{}-1-{}.avro", snapshot_id_, commit_uuid_), bytes));
  cache_.Insert(snapshot.manifest_list, std::make_shared<const ManifestList>(manifests_));
  return snapshot;
}

Result<void> SnapshotWriter::LoadParent() {
  if (!parent_) return {};
  TL_ASSIGN(const auto list, cache_.List(parent_->manifest_list));
  for (const ManifestFile& file : *list) {
    if (file.LiveFiles() > 0) manifests_.push_back(file);  // the rest was its snapshot's news
  }
  return {};
}

Result<void> SnapshotWriter::AddFiles(const std::vector<iceberg::DataFile>& files) {
  std::map<int32_t, Entries> by_spec;
  for (const iceberg::DataFile& file : files) {
    by_spec[file.spec_id].push_back({EntryStatus::kAdded, file});
  }
  for (auto& [spec_id, entries] : by_spec) {
    TL_ASSIGN(const auto written,
              WriteEntries(spec_id, std::move(entries), EntriesPerManifest(manifests_)));
    manifests_.insert(manifests_.begin(), written.begin(), written.end());
  }
  return {};
}

Result<std::vector<iceberg::DataFile>> SnapshotWriter::RemoveFiles(
    const std::vector<std::string>& paths) {
  std::vector<iceberg::DataFile> removed;
  if (paths.empty()) return removed;
  if (HasLiveDeletes(manifests_)) {
    return Fail(Code::kUnsupported,
                "table at '{}': has delete files of another writer; files cannot be rewritten "
                "until that writer compacts them",
                metadata_.location);
  }
  const std::set<std::string> wanted(paths.begin(), paths.end());
  std::set<std::string> found;
  std::map<int32_t, Entries> by_spec;
  ManifestList kept;
  ManifestList touched;
  for (const ManifestFile& file : manifests_) {
    if (found.size() == wanted.size()) {
      kept.push_back(file);
      continue;
    }
    TL_ASSIGN(const auto* spec, SpecOf(file.spec_id));
    TL_ASSIGN(const auto entries, cache_.Manifest(file, *spec));
    const bool hit = std::ranges::any_of(*entries, [&](const ManifestEntry& entry) {
      return entry.status != EntryStatus::kDeleted && wanted.contains(entry.file.path);
    });
    (hit ? touched : kept).push_back(file);
    if (!hit) continue;
    for (const ManifestEntry& entry : *entries) {
      if (entry.status == EntryStatus::kDeleted) continue;
      const bool gone = wanted.contains(entry.file.path);
      by_spec[file.spec_id].push_back(
          {gone ? EntryStatus::kDeleted : EntryStatus::kExisting, entry.file});
      if (!gone) continue;
      found.insert(entry.file.path);
      removed.push_back(entry.file);
    }
  }
  if (found.size() != wanted.size()) {
    return Fail(Code::kConflict,
                "table at '{}': {} of {} files to be replaced are no longer live; plan again",
                metadata_.location, wanted.size() - found.size(), wanted.size());
  }
  manifests_ = std::move(kept);
  for (const ManifestFile& file : touched) replaced_.push_back(file.path);
  for (auto& [spec_id, entries] : by_spec) {
    TL_ASSIGN(const auto written,
              WriteEntries(spec_id, std::move(entries), EntriesPerManifest(touched)));
    manifests_.insert(manifests_.begin(), written.begin(), written.end());
  }
  return removed;
}

Result<void> SnapshotWriter::MergeManifests() {
  const Properties& properties = metadata_.properties;
  if (!BoolProperty(properties, property::kManifestMergeEnabled, true)) return {};
  const int64_t base =
      IntProperty(properties, property::kManifestMinCount, kDefaultManifestMinCount, 2);
  const int64_t target =
      IntProperty(properties, property::kManifestTargetBytes, kDefaultManifestTargetBytes, 1);
  std::map<std::pair<int32_t, int>, std::vector<size_t>> groups;  // by spec and tier
  for (size_t i = 0; i < manifests_.size(); ++i) {
    const ManifestFile& file = manifests_[i];
    const bool mergeable = file.content == ManifestContent::kData && file.length < target &&
                           file.added_snapshot_id != snapshot_id_;
    if (mergeable) groups[{file.spec_id, TierOf(file, base)}].push_back(i);
  }
  for (const auto& [key, group] : groups) {
    if (static_cast<int64_t>(group.size()) < base) continue;
    auto merged = MergeGroup(group);
    if (!merged && merged.error().code != Code::kUnsupported) return merged;
    if (!merged) spdlog::debug("manifests not merged: {}", merged.error().message);
    return {};  // one group a commit bounds its cost
  }
  return {};
}

Result<void> SnapshotWriter::MergeGroup(const std::vector<size_t>& group) {
  ManifestList sources;
  for (const size_t i : group) sources.push_back(manifests_[i]);
  TL_ASSIGN(const auto* spec, SpecOf(sources[0].spec_id));
  Entries entries;
  for (const ManifestFile& source : sources) {
    TL_ASSIGN(const auto from, cache_.Manifest(source, *spec));
    for (const ManifestEntry& entry : *from) {
      if (entry.status != EntryStatus::kDeleted) {
        entries.push_back({EntryStatus::kExisting, entry.file});
      }
    }
  }
  TL_ASSIGN(const auto written,
            WriteEntries(spec->spec_id, std::move(entries), EntriesPerManifest(sources)));
  for (const ManifestFile& source : sources) replaced_.push_back(source.path);
  // The merged ones stand where the oldest of their sources stood, so that order is kept.
  for (size_t i = group.size(); i-- > 0;) {
    manifests_.erase(manifests_.begin() + static_cast<ptrdiff_t>(group[i]));
  }
  const auto place = static_cast<ptrdiff_t>(group.back() + 1 - group.size());
  manifests_.insert(manifests_.begin() + place, written.begin(), written.end());
  return {};
}

Result<std::vector<ManifestFile>> SnapshotWriter::WriteEntries(int32_t spec_id, Entries entries,
                                                               size_t per_manifest) {
  TL_ASSIGN(const auto* spec, SpecOf(spec_id));
  std::vector<ManifestFile> written;
  for (size_t start = 0; start < entries.size(); start += per_manifest) {
    const size_t end = std::min(start + per_manifest, entries.size());
    const auto at = [&](size_t i) {
      return std::make_move_iterator(entries.begin() + static_cast<ptrdiff_t>(i));
    };
    TL_ASSIGN(ManifestFile file, WriteOne(*spec, Entries(at(start), at(end))));
    written.push_back(std::move(file));
  }
  return written;
}

Result<ManifestFile> SnapshotWriter::WriteOne(const iceberg::PartitionSpec& spec, Entries entries) {
  const iceberg::ManifestContext context{.schema = &metadata_.CurrentSchema(),
                                         .spec = &spec,
                                         .snapshot_id = snapshot_id_,
                                         .sequence_number = sequence_number_};
  TL_ASSIGN(iceberg::WrittenManifest written, iceberg::WriteManifest(context, entries));
  const std::string name = fmt::format("{}-m{}.avro", commit_uuid_, manifests_written_++);
  TL_ASSIGN(written.file.path, objects_.PutMetadata(name, written.bytes));
  for (ManifestEntry& entry : entries) {  // as a reader would see them
    if (entry.status == EntryStatus::kExisting) continue;
    entry.file.snapshot_id = snapshot_id_;
    if (entry.status == EntryStatus::kDeleted) continue;
    entry.file.sequence_number = entry.file.file_sequence_number = sequence_number_;
  }
  cache_.Insert(written.file.path, std::make_shared<const ManifestEntries>(std::move(entries)));
  return std::move(written.file);
}

Result<const iceberg::PartitionSpec*> SnapshotWriter::SpecOf(int32_t spec_id) const {
  if (const iceberg::PartitionSpec* spec = metadata_.FindSpec(spec_id)) return spec;
  return Fail(Code::kInvalid, "table at '{}': has no partition spec {}", metadata_.location,
              spec_id);
}

size_t SnapshotWriter::EntriesPerManifest(const ManifestList& like) const {
  const int64_t target = IntProperty(metadata_.properties, property::kManifestTargetBytes,
                                     kDefaultManifestTargetBytes, 1);
  int64_t bytes = 0;
  int64_t entries = 0;
  for (const ManifestFile& file : like) {
    bytes += file.length;
    entries += file.added_files + file.existing_files + file.deleted_files;
  }
  constexpr int64_t kGuess = 1000;  // bytes, for a table without manifests
  const int64_t each = entries > 0 && bytes >= entries ? bytes / entries : kGuess;
  return static_cast<size_t>(std::max<int64_t>(1, target / each));
}

}  // namespace ticklake::lake
