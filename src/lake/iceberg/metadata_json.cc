// The metadata file's JSON, both ways.

#include <algorithm>
#include <array>

#include "lake/iceberg/metadata.h"
#include "lake/iceberg/schema_json.h"

namespace ticklake::lake::iceberg {
namespace json = boost::json;
namespace {

// Every top-level field that TableMetadata has a member for; all others are kept as they are.
// "schema" and "partition-spec" are version 1's copies of the current ones.
constexpr std::array<std::string_view, 21> kKnownFields = {"format-version",
                                                           "table-uuid",
                                                           "location",
                                                           "last-sequence-number",
                                                           "last-updated-ms",
                                                           "last-column-id",
                                                           "current-schema-id",
                                                           "schemas",
                                                           "default-spec-id",
                                                           "partition-specs",
                                                           "last-partition-id",
                                                           "default-sort-order-id",
                                                           "sort-orders",
                                                           "properties",
                                                           "current-snapshot-id",
                                                           "refs",
                                                           "snapshots",
                                                           "snapshot-log",
                                                           "metadata-log",
                                                           "schema",
                                                           "partition-spec"};

Result<void> CheckFormatVersion(JsonReader& reader, const json::object& object) {
  const int32_t version = reader.Int(object, "format-version");
  TL_TRY(reader.Check());
  if (version == kFormatVersion) return {};
  if (version < kFormatVersion) {
    return Fail(Code::kUnsupported,
                "Iceberg format version {}: only 2 is supported; let its writer upgrade the table "
                "(property 'format-version'='2')",
                version);
  }
  return Fail(Code::kUnsupported,
              "Iceberg format version {}: only 2 is supported; use a newer ticklake, or keep the "
              "table at 'format-version'='2'",
              version);
}

Snapshot SnapshotFromJson(JsonReader& reader, const json::object& object) {
  Snapshot snapshot;
  snapshot.snapshot_id = reader.Long(object, "snapshot-id");
  snapshot.parent_id = reader.OptionalLong(object, "parent-snapshot-id").value_or(kNoSnapshot);
  snapshot.sequence_number = reader.OptionalLong(object, "sequence-number").value_or(0);
  snapshot.timestamp_ms = reader.Long(object, "timestamp-ms");
  snapshot.manifest_list = reader.String(object, "manifest-list");
  snapshot.schema_id = reader.OptionalInt(object, "schema-id");
  if (reader.Has(object, "summary")) {
    snapshot.summary = reader.Strings(reader.Object(object, "summary"));
  }
  return snapshot;
}

json::object SnapshotToJson(const Snapshot& snapshot) {
  json::object object{{"sequence-number", snapshot.sequence_number},
                      {"snapshot-id", snapshot.snapshot_id}};
  if (snapshot.parent_id != kNoSnapshot) object["parent-snapshot-id"] = snapshot.parent_id;
  object["timestamp-ms"] = snapshot.timestamp_ms;
  object["summary"] = json::value_from(snapshot.summary);
  object["manifest-list"] = snapshot.manifest_list;
  if (snapshot.schema_id) object["schema-id"] = *snapshot.schema_id;
  return object;
}

SnapshotRef RefFromJson(JsonReader& reader, const json::object& object) {
  SnapshotRef ref;
  ref.snapshot_id = reader.Long(object, "snapshot-id");
  ref.type = reader.String(object, "type");
  ref.min_snapshots_to_keep = reader.OptionalLong(object, "min-snapshots-to-keep");
  ref.max_snapshot_age_ms = reader.OptionalLong(object, "max-snapshot-age-ms");
  ref.max_ref_age_ms = reader.OptionalLong(object, "max-ref-age-ms");
  return ref;
}

json::object RefToJson(const SnapshotRef& ref) {
  json::object object{{"snapshot-id", ref.snapshot_id}, {"type", ref.type}};
  if (ref.min_snapshots_to_keep) object["min-snapshots-to-keep"] = *ref.min_snapshots_to_keep;
  if (ref.max_snapshot_age_ms) object["max-snapshot-age-ms"] = *ref.max_snapshot_age_ms;
  if (ref.max_ref_age_ms) object["max-ref-age-ms"] = *ref.max_ref_age_ms;
  return object;
}

Result<void> ReadSchemasAndSpecs(JsonReader& reader, const json::object& object,
                                 TableMetadata& metadata) {
  for (const json::value& value : reader.Array(object, "schemas")) {
    TL_ASSIGN(Schema schema, SchemaFromJson(reader, reader.AsObject(value, "schemas")));
    metadata.schemas.push_back(std::move(schema));
  }
  for (const json::value& value : reader.Array(object, "partition-specs")) {
    metadata.specs.push_back(SpecFromJson(reader, reader.AsObject(value, "partition-specs")));
  }
  for (const json::value& value : reader.Array(object, "sort-orders")) {
    metadata.sort_orders.push_back(
        SortOrderFromJson(reader, reader.AsObject(value, "sort-orders")));
  }
  return reader.Check();
}

void ReadHistory(JsonReader& reader, const json::object& object, TableMetadata& metadata) {
  const auto each = [&](const char* field, auto read) {
    if (!reader.Has(object, field)) return;
    for (const json::value& value : reader.Array(object, field))
      read(reader.AsObject(value, field));
  };
  each("snapshots", [&](const json::object& from) {
    metadata.snapshots.push_back(SnapshotFromJson(reader, from));
  });
  each("snapshot-log", [&](const json::object& from) {
    metadata.snapshot_log.push_back(
        {reader.Long(from, "timestamp-ms"), reader.Long(from, "snapshot-id")});
  });
  each("metadata-log", [&](const json::object& from) {
    metadata.metadata_log.push_back(
        {reader.Long(from, "timestamp-ms"), reader.String(from, "metadata-file")});
  });
  if (reader.Has(object, "refs")) {
    for (const auto& [name, value] : reader.Object(object, "refs")) {
      metadata.refs.emplace(std::string(name), RefFromJson(reader, reader.AsObject(value, "refs")));
    }
  } else if (metadata.current_snapshot_id != kNoSnapshot) {
    metadata.refs[kMainBranch].snapshot_id = metadata.current_snapshot_id;
  }
}

Result<void> CheckReferences(const TableMetadata& metadata) {
  if (!metadata.FindSchema(metadata.current_schema_id)) {
    return Fail(Code::kCorrupt, "current-schema-id {}: no such schema", metadata.current_schema_id);
  }
  if (!metadata.FindSpec(metadata.default_spec_id)) {
    return Fail(Code::kCorrupt, "default-spec-id {}: no such spec", metadata.default_spec_id);
  }
  if (std::ranges::find(metadata.sort_orders, metadata.default_sort_order_id,
                        &SortOrder::order_id) == metadata.sort_orders.end()) {
    return Fail(Code::kCorrupt, "default-sort-order-id {}: no such order",
                metadata.default_sort_order_id);
  }
  if (metadata.current_snapshot_id != kNoSnapshot && !metadata.CurrentSnapshot()) {
    return Fail(Code::kCorrupt, "current-snapshot-id {}: no such snapshot",
                metadata.current_snapshot_id);
  }
  return {};
}

template <class T, class F>
json::array ArrayOf(const std::vector<T>& items, F to_json) {
  json::array array;
  array.reserve(items.size());
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

void WriteHistory(const TableMetadata& metadata, json::object& object) {
  if (metadata.current_snapshot_id != kNoSnapshot) {
    object["current-snapshot-id"] = metadata.current_snapshot_id;
  }
  json::object refs;
  for (const auto& [name, ref] : metadata.refs) refs[name] = RefToJson(ref);
  object["refs"] = std::move(refs);
  object["snapshots"] = ArrayOf(metadata.snapshots, SnapshotToJson);
  object["snapshot-log"] = ArrayOf(metadata.snapshot_log, [](const SnapshotLogEntry& entry) {
    return json::object{{"timestamp-ms", entry.timestamp_ms}, {"snapshot-id", entry.snapshot_id}};
  });
  object["metadata-log"] = ArrayOf(metadata.metadata_log, [](const MetadataLogEntry& entry) {
    return json::object{{"timestamp-ms", entry.timestamp_ms},
                        {"metadata-file", entry.metadata_file}};
  });
}

}  // namespace

Result<TableMetadata> ParseTableMetadata(std::string_view text) {
  TL_ASSIGN(const json::object object, JsonReader::ParseObject(text));
  JsonReader reader;
  TL_TRY(CheckFormatVersion(reader, object));
  TableMetadata metadata;
  metadata.table_uuid = reader.String(object, "table-uuid");
  metadata.location = reader.String(object, "location");
  metadata.last_sequence_number = reader.Long(object, "last-sequence-number");
  metadata.last_updated_ms = reader.Long(object, "last-updated-ms");
  metadata.last_column_id = reader.Int(object, "last-column-id");
  metadata.current_schema_id = reader.Int(object, "current-schema-id");
  metadata.default_spec_id = reader.Int(object, "default-spec-id");
  metadata.last_partition_id = reader.Int(object, "last-partition-id");
  metadata.default_sort_order_id = reader.Int(object, "default-sort-order-id");
  metadata.current_snapshot_id =
      reader.OptionalLong(object, "current-snapshot-id").value_or(kNoSnapshot);
  if (reader.Has(object, "properties")) {
    metadata.properties = reader.Strings(reader.Object(object, "properties"));
  }
  TL_TRY(ReadSchemasAndSpecs(reader, object, metadata));
  ReadHistory(reader, object, metadata);
  TL_TRY(reader.Check());
  for (const auto& [key, value] : object) {
    if (std::ranges::find(kKnownFields, std::string_view(key)) == kKnownFields.end()) {
      metadata.others.emplace(std::string(key), json::serialize(value));
    }
  }
  TL_TRY(CheckReferences(metadata));
  return metadata;
}

std::string SerializeTableMetadata(const TableMetadata& metadata) {
  json::object object;
  object["format-version"] = kFormatVersion;
  object["table-uuid"] = metadata.table_uuid;
  object["location"] = metadata.location;
  object["last-sequence-number"] = metadata.last_sequence_number;
  object["last-updated-ms"] = metadata.last_updated_ms;
  object["last-column-id"] = metadata.last_column_id;
  object["current-schema-id"] = metadata.current_schema_id;
  object["schemas"] = ArrayOf(metadata.schemas, SchemaToJson);
  object["default-spec-id"] = metadata.default_spec_id;
  object["partition-specs"] = ArrayOf(metadata.specs, [](const PartitionSpec& spec) {
    return json::object{{"spec-id", spec.spec_id}, {"fields", PartitionFieldsToJson(spec)}};
  });
  object["last-partition-id"] = metadata.last_partition_id;
  object["default-sort-order-id"] = metadata.default_sort_order_id;
  object["sort-orders"] = ArrayOf(metadata.sort_orders, SortOrderToJson);
  object["properties"] = json::value_from(metadata.properties);
  WriteHistory(metadata, object);
  for (const auto& [key, text] : metadata.others) {
    if (auto value = JsonReader::ParseValue(text)) object[key] = std::move(*value);
  }
  return json::serialize(object);
}

std::string SerializeSchema(const Schema& schema) { return json::serialize(SchemaToJson(schema)); }

Result<Schema> ParseSchema(std::string_view text) {
  TL_ASSIGN(const json::object object, JsonReader::ParseObject(text));
  JsonReader reader;
  return SchemaFromJson(reader, object);
}

std::string SerializePartitionFields(const PartitionSpec& spec) {
  return json::serialize(PartitionFieldsToJson(spec));
}

}  // namespace ticklake::lake::iceberg
