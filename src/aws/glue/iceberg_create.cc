#include "aws/glue/iceberg_create.h"

#include <boost/json.hpp>

#include <algorithm>

#include "lake/iceberg/metadata.h"
#include "lake/table/first_version.h"
#include "lake/table/foreign_files.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;
using lake::NewTable;

constexpr size_t kMaxFields = 1000;

template <class... Args>
std::unexpected<AwsError> Invalid(fmt::format_string<Args...> format, Args&&... args) {
  return AwsFail(400, "InvalidInputException", "{}",
                 fmt::format(format, std::forward<Args>(args)...));
}

std::optional<Members> IcebergInput(const Members& input) {
  const auto format = input.Object("OpenTableFormatInput");
  return format ? format->Object("IcebergInput") : std::nullopt;
}

std::optional<Members> WholeInput(const Members& input) {
  const auto iceberg = IcebergInput(input);
  return iceberg ? iceberg->Object("CreateIcebergTableInput") : std::nullopt;
}

// In the form of Iceberg's own JSON, whose types stand in the input as they are.
json::object FieldJson(const Members& field) {
  json::object made{{"id", field.Int("Id", 0, INT32_MAX, 0)},
                    {"name", field.Required("Name", {1, 1024})},
                    {"required", field.Bool("Required")}};
  for (const char* member : {"Id", "Required", "Type"}) field.RequireMember(member);
  if (const json::value* type = field.raw().if_contains("Type")) made["type"] = *type;
  const std::string doc = field.Text("Doc");
  if (!doc.empty()) made["doc"] = doc;
  for (const char* member : {"InitialDefault", "WriteDefault"}) {
    if (field.Has(member)) {
      field.Refuse(fmt::format("{}: format version 2 has no default values", member));
    }
  }
  return made;
}

AwsResult<lake::iceberg::Schema> ReadSchema(const Members& input) {
  json::array fields;
  for (const Members& field : input.Objects("Fields", kMaxFields))
    fields.push_back(FieldJson(field));
  json::object schema{{"type", "struct"}, {"schema-id", 0}, {"fields", std::move(fields)}};
  const json::value* ids = input.raw().if_contains("IdentifierFieldIds");
  if (ids != nullptr && ids->is_array()) schema["identifier-field-ids"] = *ids;
  TL_TRY(input.Check());
  auto read = lake::iceberg::ParseSchema(json::serialize(schema));
  if (!read) return Invalid("Schema: {}", read.error().message);
  return std::move(*read);
}

int32_t SourceOf(const Members& field, const lake::iceberg::Schema& schema) {
  const auto id = static_cast<int32_t>(field.Int("SourceId", 0, INT32_MAX, 0));
  if (std::ranges::find(schema.fields, id, &lake::iceberg::Field::id) == schema.fields.end()) {
    field.RefuseValue("SourceId", std::to_string(id), "Member must be the Id of a column");
  }
  return id;
}

lake::iceberg::Transform TransformOf(const Members& field) {
  const std::string text = field.Required("Transform");
  auto transform = lake::iceberg::Transform::Parse(text);
  if (transform.kind == lake::iceberg::TransformKind::kUnknown) {
    field.RefuseValue("Transform", text, "Member must be a transform of Iceberg's version 2");
  }
  return transform;
}

void ReadPartitions(const Members& input, NewTable& table) {
  for (const Members& field : input.Objects("Fields", kMaxFields)) {
    lake::iceberg::PartitionField made;
    made.source_id = SourceOf(field, table.schema);
    made.field_id = static_cast<int32_t>(
        field.Int("FieldId", lake::iceberg::kFirstPartitionFieldId, INT32_MAX, 0));
    made.name = field.Required("Name", {1, 1024});
    made.transform = TransformOf(field);
    table.partition.fields.push_back(std::move(made));
  }
}

void ReadOrder(const Members& input, NewTable& table) {
  for (const Members& field : input.Objects("Fields", kMaxFields)) {
    lake::iceberg::SortField made;
    made.source_id = SourceOf(field, table.schema);
    made.transform = TransformOf(field);
    const std::string direction = field.Required("Direction");
    const std::string nulls = field.Required("NullOrder");
    if (direction != "asc" && direction != "desc") {
      field.RefuseValue("Direction", direction, "Member must be one of [asc, desc]");
    }
    if (nulls != "nulls-first" && nulls != "nulls-last") {
      field.RefuseValue("NullOrder", nulls, "Member must be one of [nulls-first, nulls-last]");
    }
    made.ascending = direction == "asc";
    made.nulls_first = nulls == "nulls-first";
    table.sort.fields.push_back(std::move(made));
  }
}

AwsResult<NewTable> ReadWhole(const Members& input) {
  NewTable table;
  TL_ASSIGN(table.schema, ReadSchema(input.RequiredObject("Schema")));
  if (const auto spec = input.Object("PartitionSpec")) ReadPartitions(*spec, table);
  if (const auto order = input.Object("WriteOrder")) ReadOrder(*order, table);
  table.properties = input.Map("Properties");
  TL_TRY(input.Check());
  return table;
}

AwsResult<NewTable> ReadTable(const Members& input, const catalog::Table& entry) {
  if (const auto whole = WholeInput(input)) return ReadWhole(*whole);
  if (!entry.partition_keys.empty()) {
    return Invalid(
        "table '{}': PartitionKeys are Hive's; say how an Iceberg table is partitioned by "
        "CreateIcebergTableInput.PartitionSpec",
        entry.name);
  }
  if (entry.storage.columns.empty()) {
    return Invalid("table '{}': an Iceberg table needs StorageDescriptor.Columns", entry.name);
  }
  NewTable table;
  auto schema = lake::SchemaOfHive(entry.storage.columns);
  if (!schema) return Invalid("table '{}': {}", entry.name, schema.error().message);
  table.schema = std::move(*schema);
  return table;
}

AwsResult<> CheckFormat(const Members& iceberg, const catalog::Table& table) {
  const std::string operation = iceberg.Required("MetadataOperation");
  if (operation != "CREATE") {
    iceberg.RefuseValue("MetadataOperation", operation, "Member must be one of [CREATE]");
  }
  const std::string version = iceberg.Text("Version", kName);
  if (!version.empty() && version != "2") {
    iceberg.RefuseValue("Version", version, "Member must be 2, which is what is written here");
  }
  if (table.parameters.contains(catalog::kMetadataLocation)) {
    iceberg.Refuse(
        fmt::format("table '{}': names a metadata file already; leave "
                    "OpenTableFormatInput or metadata_location out",
                    table.name));
  }
  return iceberg.Check();
}

}  // namespace

bool IcebergCreation::IsAskedFor(const Members& input) { return IcebergInput(input).has_value(); }

std::optional<catalog::Table> IcebergCreation::TableOf(const Members& input, const LakeUris& uris) {
  const auto whole = WholeInput(input);
  if (!whole) return std::nullopt;
  catalog::Table table;
  table.name = input.Name("Name");
  table.table_type = "EXTERNAL_TABLE";
  table.storage.location = uris.Take(whole->Required("Location", kUri));
  return table;
}

AwsResult<store::ObjectStore*> IcebergCreation::Settle(catalog::Table& table) {
  std::string& location = table.storage.location;
  while (location.ends_with('/')) location.pop_back();
  if (places_.lake != nullptr) {
    if (const auto key = places_.lake->KeyOf(location)) {
      const auto may = lake::CheckNewTableFile(*places_.catalog, *key + "/metadata/1");
      if (!may) return AwsFail(400, "AccessDeniedException", "{}", may.error().message);
      location = places_.lake->UriOf(*key);
      return places_.lake;
    }
  }
  location = store::PlainUri(location);
  // Not of this machine's other files.
  if (!location.starts_with("s3://") || places_.files == nullptr) {
    return Invalid("table '{}': its location '{}' is no place in a bucket; say s3://BUCKET/PREFIX",
                   table.name, location);
  }
  const auto place = places_.files->Find(location);
  if (!place) return Invalid("table '{}': its location: {}", table.name, place.error().message);
  return place->store;
}

AwsResult<PutMetadata> IcebergCreation::Put(const Members& input, catalog::Table& table) {
  TL_TRY(CheckFormat(*IcebergInput(input), table));
  TL_ASSIGN(const NewTable made, ReadTable(input, table));
  const catalog::StorageDescriptor said = table.storage;
  TL_ASSIGN(store::ObjectStore* const store, Settle(table));
  auto metadata = lake::FirstMetadata(made, table.storage.location);
  metadata.last_updated_ms = places_.clock->NowMillis();
  auto objects = std::make_unique<lake::ObjectWriter>(*store, metadata.location);
  const auto put = lake::PutFirstVersion(metadata, *objects, table);
  // As on AWS, the entry shows what was sent until a writer says more: Terraform compares it.
  if (!WholeInput(input)) table.storage = said;
  if (put) return objects;
  if (IsOfFullDisk(put.error())) {
    return AwsFail(kInsufficientStorage, "ResourceNumberLimitExceededException", "{}",
                   put.error().message);
  }
  return Invalid("table '{}': {}", table.name, put.error().message);
}

}  // namespace ticklake::aws::glue
