#include "query/results/column_type.h"

#include <algorithm>
#include <memory>

namespace ticklake::query {
namespace {

// Takes over a string of DuckDB's.
std::string Take(char* text) {
  if (text == nullptr) return "";
  std::string copy(text);
  duckdb_free(text);
  return copy;
}

// Takes over a type handle.
ColumnType Take(duckdb_logical_type type) {
  ColumnType result = ColumnType::From(type);
  duckdb_destroy_logical_type(&type);
  return result;
}

void ReadStruct(ColumnType& result, duckdb_logical_type type) {
  const idx_t count = duckdb_struct_type_child_count(type);
  for (idx_t i = 0; i < count; ++i) {
    result.names.push_back(Take(duckdb_struct_type_child_name(type, i)));
    result.children.push_back(Take(duckdb_struct_type_child_type(type, i)));
  }
}

void ReadUnion(ColumnType& result, duckdb_logical_type type) {
  const idx_t count = duckdb_union_type_member_count(type);
  for (idx_t i = 0; i < count; ++i) {
    result.names.push_back(Take(duckdb_union_type_member_name(type, i)));
    result.children.push_back(Take(duckdb_union_type_member_type(type, i)));
  }
}

void ReadEnum(ColumnType& result, duckdb_logical_type type) {
  result.storage = duckdb_enum_internal_type(type);
  const uint32_t count = duckdb_enum_dictionary_size(type);
  for (uint32_t i = 0; i < count; ++i) {
    result.names.push_back(Take(duckdb_enum_dictionary_value(type, i)));
  }
}

}  // namespace

ColumnType ColumnType::From(duckdb_logical_type type) {
  ColumnType result;
  result.id = duckdb_get_type_id(type);
  switch (result.id) {
    case DUCKDB_TYPE_VARCHAR:
      result.is_json = Take(duckdb_logical_type_get_alias(type)) == "JSON";
      break;
    case DUCKDB_TYPE_DECIMAL:
      result.storage = duckdb_decimal_internal_type(type);
      result.scale = duckdb_decimal_scale(type);
      break;
    case DUCKDB_TYPE_ENUM: ReadEnum(result, type); break;
    case DUCKDB_TYPE_STRUCT: ReadStruct(result, type); break;
    case DUCKDB_TYPE_UNION: ReadUnion(result, type); break;
    case DUCKDB_TYPE_LIST:
      result.children.push_back(Take(duckdb_list_type_child_type(type)));
      break;
    case DUCKDB_TYPE_ARRAY:
      result.array_size = duckdb_array_type_array_size(type);
      result.children.push_back(Take(duckdb_array_type_child_type(type)));
      break;
    case DUCKDB_TYPE_MAP:
      result.children.push_back(Take(duckdb_map_type_key_type(type)));
      result.children.push_back(Take(duckdb_map_type_value_type(type)));
      break;
    default: break;
  }
  return result;
}

bool ColumnType::IsNumber() const {
  switch (id) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_BIGNUM:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: return true;
    default: return false;
  }
}

bool ColumnType::IsWritable() const {
  switch (id) {
    case DUCKDB_TYPE_INVALID:
    case DUCKDB_TYPE_ANY:
    case DUCKDB_TYPE_VARIANT:
    case DUCKDB_TYPE_STRING_LITERAL:
    case DUCKDB_TYPE_INTEGER_LITERAL: return false;
    default: return std::ranges::all_of(children, &ColumnType::IsWritable);
  }
}

}  // namespace ticklake::query
