#include <algorithm>
#include <cctype>
#include <set>

#include "base/log.h"
#include "lake/table/expiry.h"
#include "lake/table/first_version.h"
#include "lake/table/late_deletion.h"
#include "lake/table/object_writer.h"
#include "lake/table/snapshot_writer.h"
#include "lake/table/table.h"
#include "lake/table/table_cache.h"
#include "lake/table/table_properties.h"

namespace ticklake::lake {
namespace {

using iceberg::TableMetadata;

Result<std::string> MetadataLocation(const catalog::Table& entry) {
  const auto type = entry.parameters.find(kTableType);
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  if (type == entry.parameters.end() ||
      !std::ranges::equal(type->second, std::string_view(kIceberg), same)) {
    return Fail(Code::kUnsupported, "table '{}.{}': is no Iceberg table", entry.database,
                entry.name);
  }
  const auto at = entry.parameters.find(catalog::kMetadataLocation);
  if (at != entry.parameters.end()) return at->second;
  return Fail(Code::kCorrupt, "table '{}.{}': its catalog entry names no metadata file",
              entry.database, entry.name);
}

// Makes `schema` the current one; an equal one that is there already is used again.
Result<void> SetSchema(TableMetadata& metadata, const iceberg::Schema& schema) {
  const iceberg::Schema& current = metadata.CurrentSchema();
  if (current.SameFields(schema)) return {};
  if (!iceberg::CanPromote(*iceberg::StructType(current.fields),
                           *iceberg::StructType(schema.fields))) {
    return Fail(Code::kInvalid,
                "table at '{}': the new schema is no evolution of the current one; only new "
                "optional columns and wider types are",
                metadata.location);
  }
  const auto same = std::ranges::find_if(
      metadata.schemas, [&](const iceberg::Schema& known) { return known.SameFields(schema); });
  if (same != metadata.schemas.end()) {
    metadata.current_schema_id = same->schema_id;
    return {};
  }
  int32_t id = 0;
  for (const iceberg::Schema& known : metadata.schemas) id = std::max(id, known.schema_id + 1);
  metadata.schemas.push_back(schema);
  metadata.schemas.back().schema_id = id;
  metadata.current_schema_id = id;
  metadata.last_column_id = std::max(metadata.last_column_id, schema.HighestFieldId());
  return {};
}

// The wall clock may jump back; the table's history does not.
int64_t NextTimestamp(const TableMetadata& metadata, int64_t now_ms) {
  int64_t next = std::max(now_ms, metadata.last_updated_ms);
  if (!metadata.snapshot_log.empty()) {
    next = std::max(next, metadata.snapshot_log.back().timestamp_ms);
  }
  return next;
}

void AddSnapshot(TableMetadata& metadata, iceberg::Snapshot snapshot) {
  metadata.current_snapshot_id = snapshot.snapshot_id;
  metadata.last_sequence_number = snapshot.sequence_number;
  metadata.refs[iceberg::kMainBranch].snapshot_id = snapshot.snapshot_id;
  metadata.snapshot_log.push_back({snapshot.timestamp_ms, snapshot.snapshot_id});
  metadata.snapshots.push_back(std::move(snapshot));
}

}  // namespace

struct TableStore::Prepared {
  catalog::Table entry;
  std::shared_ptr<const TableMetadata> metadata;
  std::vector<iceberg::Snapshot> expired;
  std::vector<std::string> old_metadata;        // URIs to delete after the swap
  std::vector<std::string> replaced_manifests;  // of the parent, not in the new snapshot
};

TableStore::TableStore(catalog::Catalog& catalog, store::ObjectStore& store, const Clock& clock)
    : catalog_(catalog),
      store_(store),
      clock_(clock),
      wall_(clock),
      cache_(std::make_unique<TableCache>(store)),
      late_(std::make_unique<LateDeletion>(store, clock)) {}

TableStore::~TableStore() = default;

Result<TableState> TableStore::Create(const NewTable& table) {
  const std::string location = store_.UriOf(table.database + "/" + table.name);
  auto metadata = std::make_shared<TableMetadata>(FirstMetadata(table, location));
  metadata->properties.insert(DefaultProperties().begin(), DefaultProperties().end());
  metadata->last_updated_ms = clock_.NowMillis();
  ObjectWriter objects(store_, location);
  TableState state;
  state.entry.database = table.database;
  state.entry.name = table.name;
  TL_TRY(PutFirstVersion(*metadata, objects, state.entry));
  if (auto created = catalog_.CreateTable(state.entry); !created) {
    if (created.error().code != Code::kOutcomeUnknown) objects.TakeBack();
    return Fail(created.error());
  }
  cache_->Insert(state.entry.parameters.at(catalog::kMetadataLocation), metadata);
  state.metadata = std::move(metadata);
  state.entry.version = 1;
  state.entry.create_time = state.entry.update_time = clock_.Now();
  return state;
}

Result<TableState> TableStore::Load(const std::string& database, const std::string& name) {
  TableState state;
  TL_ASSIGN(state.entry, catalog_.GetTable(database, name));
  TL_ASSIGN(const std::string uri, MetadataLocation(state.entry));
  if (!store_.KeyOf(uri)) {
    return Fail(Code::kUnsupported, "table '{}.{}': its files lie outside of {}", database, name,
                store_.RootUri());
  }
  auto metadata = cache_->Metadata(uri);
  if (!metadata) return Fail(metadata.error().Within(fmt::format("table '{}.{}'", database, name)));
  state.metadata = std::move(*metadata);
  return state;
}

Result<std::vector<iceberg::DataFile>> TableStore::LiveFiles(const TableState& state) {
  const iceberg::Snapshot* current = state.metadata->CurrentSnapshot();
  if (!current) return std::vector<iceberg::DataFile>();
  return LiveFilesOf(*state.metadata, *current, *cache_);
}

Result<std::set<std::string>> TableStore::ReachableKeys(const TableState& state) {
  TL_ASSIGN(std::set<std::string> uris, ReachableObjects(*state.metadata, *cache_));
  TL_ASSIGN(std::string newest, MetadataLocation(state.entry));
  uris.insert(std::move(newest));
  std::set<std::string> keys;
  for (const std::string& uri : uris) {
    if (auto key = store_.KeyOf(uri)) keys.insert(std::move(*key));  // else not ours to keep
  }
  return keys;
}

Result<TableStore::Prepared> TableStore::Prepare(const TableState& base, const TableChange& change,
                                                 ObjectWriter& objects) {
  TableMetadata next = *base.metadata;
  Prepared prepared;
  const int64_t now_ms = NextTimestamp(next, clock_.NowMillis());
  if (change.schema) TL_TRY(SetSchema(next, *change.schema));
  for (const auto& [key, value] : change.set_properties) next.properties[key] = value;
  if (!change.added.empty() || !change.removed_paths.empty() || !change.summary.empty()) {
    SnapshotWriter writer(next, *cache_, objects);
    TL_ASSIGN(iceberg::Snapshot snapshot, writer.Write(change, now_ms));
    AddSnapshot(next, std::move(snapshot));
    prepared.replaced_manifests = writer.ReplacedManifests();
  }
  prepared.expired =
      ExpireSnapshots(next, wall_.Steady() ? std::optional(clock_.NowMillis()) : std::nullopt);
  TL_ASSIGN(const std::string previous, MetadataLocation(base.entry));
  next.metadata_log.push_back({next.last_updated_ms, previous});
  next.last_updated_ms = now_ms;
  prepared.old_metadata = TrimMetadataLog(next);
  TL_ASSIGN(const std::string uri,
            objects.PutMetadata(NextMetadataName(previous), iceberg::SerializeTableMetadata(next)));
  TL_TRY(objects.Flush());
  prepared.entry = base.entry;
  PointTo(prepared.entry, uri, next);
  prepared.metadata = std::make_shared<const TableMetadata>(std::move(next));
  cache_->Insert(uri, prepared.metadata);
  return prepared;
}

Result<TableState> TableStore::Commit(const TableState& base, const TableChange& change) {
  ObjectWriter objects(store_, base.metadata->location);
  auto prepared = Prepare(base, change, objects);
  if (!prepared) {
    objects.TakeBack();
    return Fail(WhyNotPrepared(base, prepared.error()));
  }
  if (auto swapped = catalog_.UpdateTable(prepared->entry); !swapped) {
    // What may have been committed must not be touched.
    if (swapped.error().code != Code::kOutcomeUnknown) objects.TakeBack();
    return Fail(swapped.error());
  }
  CleanUp(*prepared);
  TableState state{std::move(prepared->entry), std::move(prepared->metadata)};
  ++state.entry.version;
  state.entry.update_time = clock_.Now();
  return state;
}

// A base that is many versions behind may refer to objects that expired meanwhile.
Error TableStore::WhyNotPrepared(const TableState& base, const Error& error) {
  const auto now = catalog_.GetTable(base.entry.database, base.entry.name);
  if (!now || now->version == base.entry.version) return error;
  return {Code::kConflict,
          fmt::format("table '{}.{}': is at version {}, not {}; load it again", base.entry.database,
                      base.entry.name, now->version, base.entry.version)};
}

void TableStore::CleanUp(const Prepared& prepared) {
  late_->DeleteDue();
  const auto forget = [&](const std::vector<std::string>& uris) {
    for (const std::string& uri : uris) cache_->Forget(uri);
  };
  forget(prepared.replaced_manifests);
  forget(prepared.old_metadata);
  DeleteObjects(store_, prepared.old_metadata);
  if (prepared.expired.empty()) return;
  const auto unreachable = UnreachableObjects(*prepared.metadata, prepared.expired, *cache_);
  if (!unreachable) {
    spdlog::warn("expired snapshots of '{}': their files stay: {}", prepared.metadata->location,
                 unreachable.error().message);
    return;
  }
  forget(unreachable->metadata);
  DeleteObjects(store_, unreachable->metadata);
  late_->Add(unreachable->data_files);
}

}  // namespace ticklake::lake
