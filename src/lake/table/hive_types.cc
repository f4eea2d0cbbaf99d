#include "lake/table/hive_types.h"

#include <fmt/format.h>

namespace ticklake::lake {
namespace {

using iceberg::TypeId;

std::string HiveStruct(const iceberg::Type& type) {
  std::string text = "struct<";
  for (const iceberg::Field& field : type.fields) {
    if (text.back() != '<') text += ',';
    text += field.name + ":" + HiveType(*field.type);
  }
  return text + ">";
}

}  // namespace

std::string HiveType(const iceberg::Type& type) {
  switch (type.id) {
    case TypeId::kBoolean: return "boolean";
    case TypeId::kInt: return "int";
    case TypeId::kLong: return "bigint";
    case TypeId::kFloat: return "float";
    case TypeId::kDouble: return "double";
    case TypeId::kDecimal: return fmt::format("decimal({},{})", type.precision, type.scale);
    case TypeId::kDate: return "date";
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return "timestamp";
    case TypeId::kTime:
    case TypeId::kUuid:
    case TypeId::kString: return "string";
    case TypeId::kFixed:
    case TypeId::kBinary: return "binary";
    case TypeId::kStruct: return HiveStruct(type);
    case TypeId::kList: return fmt::format("array<{}>", HiveType(*type.fields[0].type));
    case TypeId::kMap:
      return fmt::format("map<{},{}>", HiveType(*type.fields[0].type),
                         HiveType(*type.fields[1].type));
  }
  return "string";
}

std::vector<catalog::Column> HiveColumns(const iceberg::Schema& schema) {
  std::vector<catalog::Column> columns;
  columns.reserve(schema.fields.size());
  for (const iceberg::Field& field : schema.fields) {
    columns.push_back({field.name,
                       HiveType(*field.type),
                       field.doc,
                       {{"iceberg.field.id", std::to_string(field.id)},
                        {"iceberg.field.optional", field.required ? "false" : "true"},
                        {"iceberg.field.current", "true"}}});
  }
  return columns;
}

}  // namespace ticklake::lake
