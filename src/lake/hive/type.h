// Hive's types as values, with their text form: "bigint", "struct<a:string,b:array<double>>".
//
// Threading: plain values. Invariants: what ToText writes, ParseType reads back. Struct field
// names keep their case; one with a character that the grammar needs stands in backticks.
// Does not: know Iceberg's types (lake/table/hive_types.h turns those into Hive's text).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::lake::hive {

/// Levels of nesting that ParseType takes.
inline constexpr int kMaxTypeDepth = 100;

enum class Kind {
  kBoolean,
  kTinyint,
  kSmallint,
  kInt,
  kBigint,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kVarchar,
  kChar,
  kBinary,
  kDate,
  kTimestamp,
  kStruct,
  kArray,
  kMap,
};

struct TypeField;

struct Type {
  Kind kind = Kind::kString;
  int32_t precision = 0;          ///< kDecimal: 1..38; kVarchar, kChar: the length
  int32_t scale = 0;              ///< kDecimal
  std::vector<TypeField> fields;  ///< kStruct: its fields; kArray: {item}; kMap: {key, value}

  bool operator==(const Type& other) const;
};

struct TypeField {
  std::string name;  ///< "" in arrays and maps
  Type type;

  bool operator==(const TypeField& other) const = default;
};

Type ArrayOf(Type item);
Type MapOf(Type key, Type value);

std::string ToText(const Type& type);
/// kInvalid names the text and the place; kUnsupported a type that is none of the above.
Result<Type> ParseType(std::string_view text);

}  // namespace ticklake::lake::hive
