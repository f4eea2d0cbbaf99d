// ColumnType: a DuckDB type, taken apart once, so that values can be read from vectors.
//
// Threading: plain values. Does not: hold on to DuckDB's handles.
#pragma once

#include <duckdb.h>
#include <cstdint>
#include <string>
#include <vector>

namespace ticklake::query {

struct ColumnType {
  duckdb_type id = DUCKDB_TYPE_INVALID;
  duckdb_type storage = DUCKDB_TYPE_INVALID;  ///< decimal, enum: the integer that is stored
  uint8_t scale = 0;                          ///< decimal
  uint64_t array_size = 0;                    ///< array
  bool is_json = false;                       ///< varchar that holds JSON text
  std::vector<std::string> names;             ///< struct, union: members; enum: the dictionary
  std::vector<ColumnType>
      children;  ///< struct, union: members; list, array: element; map: key, value

  /// Reads `type`, which stays the caller's.
  static ColumnType From(duckdb_logical_type type);

  /// Numbers are right-aligned in tables and bare in JSON.
  bool IsNumber() const;
  /// True if values of this type, and of all in it, can be written (not so: variant, lambda).
  bool IsWritable() const;
};

struct Column {
  std::string name;
  ColumnType type;
};

}  // namespace ticklake::query
