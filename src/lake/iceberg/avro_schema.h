// Avro schemas, as far as Iceberg's manifests use them (Apache Avro 1.11 specification).
//
// Parsed from the writer's JSON, whoever the writer was; Iceberg's field-id, element-id,
// key-id and value-id attributes are kept. Threading: immutable values.
// Does not: resolve one schema against another, or know recursive types (refused).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::lake::iceberg {

enum class AvroKind {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kRecord,
  kArray,
  kMap,
  kUnion,
};

struct AvroType;
using AvroTypePtr = std::shared_ptr<const AvroType>;

struct AvroField {
  std::string name;
  int32_t field_id = -1;  ///< Iceberg's; -1 when the writer gave none
  AvroTypePtr type;
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  size_t size = 0;                    ///< kFixed: bytes
  std::string logical_type;           ///< kFixed: "decimal", "uuid" or ""
  std::vector<std::string> symbols;   ///< kEnum
  std::vector<AvroField> fields;      ///< kRecord
  std::vector<AvroTypePtr> branches;  ///< kUnion: its branches; kArray and kMap: the item

  /// Position of the field with that id, or -1.
  int FindField(int32_t field_id) const;
  /// For records whose writer left ids out.
  int FindField(std::string_view name) const;
};

/// kCorrupt: no Avro schema. kUnsupported: a recursive type.
Result<AvroTypePtr> ParseAvroSchema(std::string_view json);

}  // namespace ticklake::lake::iceberg
