// Iceberg's types and schemas (spec "Schemas and Data Types", v2).
//
// Threading: immutable values; TypePtr may be shared between threads.
// Invariants: field ids are unique within a schema, nested ones included, and never reused.
// Does not: convert to other type systems (rows/arrow_schema.h does, and query/).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace ticklake::lake::iceberg {

enum class TypeId {
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kTime,
  kTimestamp,
  kTimestamptz,
  kString,
  kUuid,
  kFixed,
  kBinary,
  kStruct,
  kList,
  kMap,
};

struct Type;
using TypePtr = std::shared_ptr<const Type>;

struct Field {
  int32_t id = 0;
  std::string name;
  bool required = false;
  TypePtr type;
  std::string doc;

  bool operator==(const Field& other) const;
};

struct Type {
  TypeId id = TypeId::kString;
  int32_t precision = 0;      ///< kDecimal: 1..38
  int32_t scale = 0;          ///< kDecimal
  int32_t length = 0;         ///< kFixed
  std::vector<Field> fields;  ///< kStruct: its fields; kList: {element}; kMap: {key, value}

  bool operator==(const Type& other) const = default;
};

/// A primitive type; one shared instance each.
TypePtr Primitive(TypeId id);
TypePtr DecimalType(int32_t precision, int32_t scale);
TypePtr StructType(std::vector<Field> fields);
TypePtr ListType(Field element);
TypePtr MapType(Field key, Field value);

/// Iceberg's spelling: "long", "decimal(18, 6)", "timestamptz", "struct<…>" for messages.
std::string TypeName(const Type& type);

struct Schema {
  int32_t schema_id = 0;
  std::vector<Field> fields;
  std::vector<int32_t> identifier_field_ids;

  /// The top-level field of that exact name, or nullptr.
  const Field* Find(std::string_view name) const;
  /// The highest field id, nested ones included; 0 when empty.
  int32_t HighestFieldId() const;
  /// Same fields (ids, names, types, nullability), whatever the schema_id.
  bool SameFields(const Schema& other) const { return fields == other.fields; }
};

/// True if Iceberg lets a column of type `from` become `to` (equal types included):
/// int→long, float→double, decimal of greater precision; structs field by field, with new
/// optional fields; lists and maps by their elements.
bool CanPromote(const Type& from, const Type& to);

}  // namespace ticklake::lake::iceberg
