#include "lake/crawler/arrow_types.h"

#include <arrow/type.h>

#include <string>
#include <unordered_map>

#include "base/ascii.h"
#include "lake/rows/evolve.h"

namespace ticklake::lake::crawler {
namespace {

using hive::Kind;
using hive::Type;

Type OfKind(Kind kind) { return {.kind = kind}; }

Type OfNested(const arrow::DataType& type, int depth) {
  if (type.id() == arrow::Type::STRUCT) {
    Type made{.kind = Kind::kStruct};
    for (const auto& field : type.fields()) {
      if (!IsUsableName(field->name())) continue;
      made.fields.push_back({field->name(), OfArrow(*field->type(), depth + 1)});
    }
    if (made.fields.empty()) return OfKind(Kind::kString);
    return made;
  }
  if (type.id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    return hive::MapOf(OfArrow(*map.key_type(), depth + 1), OfArrow(*map.item_type(), depth + 1));
  }
  return hive::ArrayOf(OfArrow(*type.field(0)->type(), depth + 1));
}

}  // namespace

Type OfArrow(const arrow::DataType& type, int depth) {
  if (depth > kMaxColumnDepth) return OfKind(Kind::kString);
  switch (type.id()) {
    case arrow::Type::BOOL: return OfKind(Kind::kBoolean);
    case arrow::Type::INT8: return OfKind(Kind::kTinyint);
    case arrow::Type::UINT8:
    case arrow::Type::INT16: return OfKind(Kind::kSmallint);
    case arrow::Type::UINT16:
    case arrow::Type::INT32: return OfKind(Kind::kInt);
    case arrow::Type::UINT32:
    case arrow::Type::INT64: return OfKind(Kind::kBigint);
    case arrow::Type::UINT64: return {.kind = Kind::kDecimal, .precision = 20};
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT: return OfKind(Kind::kFloat);
    case arrow::Type::DOUBLE: return OfKind(Kind::kDouble);
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return {.kind = Kind::kDecimal, .precision = decimal.precision(), .scale = decimal.scale()};
    }
    case arrow::Type::DATE32: return OfKind(Kind::kDate);
    case arrow::Type::TIMESTAMP: return OfKind(Kind::kTimestamp);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY: return OfKind(Kind::kBinary);
    case arrow::Type::STRUCT:
    case arrow::Type::MAP:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: return OfNested(type, depth);
    default: return OfKind(Kind::kString);  // texts, times of day, UUIDs
  }
}

std::expected<Schema, Rejection> ColumnsOf(const arrow::Schema& schema, std::string_view form) {
  if (schema.num_fields() > static_cast<int>(kMaxColumns)) {
    return std::unexpected(
        Rejection{"more columns than a table may have",
                  fmt::format("{}, at most {}", schema.num_fields(), kMaxColumns)});
  }
  Schema columns;
  std::unordered_map<std::string, std::string> keys;  // by column name
  for (const auto& field : schema.fields()) {
    if (!IsUsableName(field->name())) continue;
    ColumnFacts column{AsciiLower(field->name()), field->name(), OfArrow(*field->type()), "", ""};
    const auto [known, added] = keys.emplace(column.name, column.key);
    if (!added) {
      return std::unexpected(
          Rejection{"columns whose names differ only in case, which SQL cannot tell apart",
                    fmt::format("'{}' and '{}'", known->second, column.key)});
    }
    columns.push_back(std::move(column));
  }
  if (columns.empty())
    return std::unexpected(Rejection{fmt::format("{} without columns", form), ""});
  return columns;
}

}  // namespace ticklake::lake::crawler
