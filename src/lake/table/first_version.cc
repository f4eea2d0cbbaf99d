#include "lake/table/first_version.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/uuid.h"
#include "lake/hive/type.h"
#include "lake/table/hive_types.h"

namespace ticklake::lake {
namespace {

using iceberg::TableMetadata;
using iceberg::TypeId;
using iceberg::TypePtr;

// Gives ids in the order in which they are asked for: those of a level before those below it, as
// Iceberg's own writers number new tables.
class FreshIds {
 public:
  Result<std::vector<iceberg::Field>> Fields(const std::vector<hive::TypeField>& fields) {
    std::vector<iceberg::Field> made(fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      made[i].id = ++last_;
      made[i].name = fields[i].name;
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      TL_ASSIGN(made[i].type, TypeOf(fields[i].type));
    }
    return made;
  }

 private:
  Result<TypePtr> TypeOf(const hive::Type& type) {
    switch (type.kind) {
      case hive::Kind::kBoolean: return iceberg::Primitive(TypeId::kBoolean);
      case hive::Kind::kInt: return iceberg::Primitive(TypeId::kInt);
      case hive::Kind::kBigint: return iceberg::Primitive(TypeId::kLong);
      case hive::Kind::kFloat: return iceberg::Primitive(TypeId::kFloat);
      case hive::Kind::kDouble: return iceberg::Primitive(TypeId::kDouble);
      case hive::Kind::kDecimal: return iceberg::DecimalType(type.precision, type.scale);
      case hive::Kind::kString:
      case hive::Kind::kVarchar:
      case hive::Kind::kChar: return iceberg::Primitive(TypeId::kString);
      case hive::Kind::kBinary: return iceberg::Primitive(TypeId::kBinary);
      case hive::Kind::kDate: return iceberg::Primitive(TypeId::kDate);
      case hive::Kind::kTimestamp: return iceberg::Primitive(TypeId::kTimestamp);
      case hive::Kind::kStruct: {
        TL_ASSIGN(auto fields, Fields(type.fields));
        return iceberg::StructType(std::move(fields));
      }
      case hive::Kind::kArray: {
        TL_ASSIGN(auto fields, Fields({{"element", type.fields[0].type}}));
        return iceberg::ListType(std::move(fields[0]));
      }
      case hive::Kind::kMap: return MapOf(type);
      case hive::Kind::kTinyint:
      case hive::Kind::kSmallint: break;
    }
    return Fail(Code::kUnsupported, "Iceberg has no {}; use int", hive::ToText(type));
  }

  Result<TypePtr> MapOf(const hive::Type& type) {
    TL_ASSIGN(auto fields, Fields({{"key", type.fields[0].type}, {"value", type.fields[1].type}}));
    fields[0].required = true;
    return iceberg::MapType(std::move(fields[0]), std::move(fields[1]));
  }

  int32_t last_ = 0;
};

}  // namespace

TableMetadata FirstMetadata(const NewTable& table, const std::string& location) {
  TableMetadata metadata;
  metadata.table_uuid = Uuid::Random().ToString();
  metadata.location = location;
  metadata.last_column_id = table.schema.HighestFieldId();
  metadata.schemas = {table.schema};
  metadata.schemas[0].schema_id = 0;
  metadata.specs = {table.partition};
  metadata.specs[0].spec_id = 0;
  for (iceberg::PartitionField& field : metadata.specs[0].fields) {
    if (field.field_id == 0) field.field_id = metadata.last_partition_id + 1;
    metadata.last_partition_id = std::max(metadata.last_partition_id, field.field_id);
  }
  metadata.sort_orders = {table.sort};
  metadata.default_sort_order_id = table.sort.fields.empty() ? 0 : 1;
  metadata.sort_orders[0].order_id = metadata.default_sort_order_id;
  metadata.properties = table.properties;
  return metadata;
}

void PointTo(catalog::Table& entry, const std::string& metadata_location,
             const TableMetadata& metadata) {
  const auto previous = entry.parameters.find(catalog::kMetadataLocation);
  if (previous != entry.parameters.end()) {
    entry.parameters[catalog::kPreviousMetadataLocation] = previous->second;
  }
  entry.parameters[kTableType] = kIceberg;
  entry.parameters[catalog::kMetadataLocation] = metadata_location;
  entry.storage.location = metadata.location;
  entry.storage.columns = HiveColumns(metadata.CurrentSchema());
}

Result<iceberg::Schema> SchemaOfHive(const std::vector<catalog::Column>& columns) {
  std::vector<hive::TypeField> fields;
  for (const catalog::Column& column : columns) {
    auto type = hive::ParseType(column.type);
    if (!type) return Fail(type.error().Within(fmt::format("column '{}'", column.name)));
    fields.push_back({column.name, std::move(*type)});
  }
  iceberg::Schema schema;
  auto numbered = FreshIds().Fields(fields);
  if (!numbered) return Fail(numbered.error().Within("columns"));
  schema.fields = std::move(*numbered);
  for (size_t i = 0; i < columns.size(); ++i) schema.fields[i].doc = columns[i].comment;
  return schema;
}

Result<void> PutFirstVersion(const TableMetadata& metadata, ObjectWriter& objects,
                             catalog::Table& entry) {
  std::set<std::string> names;
  for (const iceberg::Field& field : metadata.CurrentSchema().fields) {
    if (names.insert(AsciiLower(field.name)).second) continue;
    return Fail(Code::kInvalid, "column '{}' is there twice", field.name);
  }
  const std::string text = iceberg::SerializeTableMetadata(metadata);
  if (const auto read = iceberg::ParseTableMetadata(text); !read) {
    return Fail(Code::kInvalid, "its schema, partitions or order: {}", read.error().message);
  }
  TL_ASSIGN(const std::string uri, objects.PutMetadata(NextMetadataName(""), text));
  if (auto put = objects.Flush(); !put) {
    objects.TakeBack();
    return put;
  }
  PointTo(entry, uri, metadata);
  return {};
}

}  // namespace ticklake::lake
