// The text of one value of a result, read from DuckDB's vectors.
//
// Two forms: JSON, and the plain text of csv and table, which differs in strings (bare), blobs
// and timestamps; nested values are JSON in both. docs/sql.md shows every type.
// Threading: pure functions over a chunk nobody changes.
#pragma once

#include <duckdb.h>
#include <string>
#include <string_view>

#include "query/results/column_type.h"

namespace ticklake::query {

/// One value: row `row` of a vector of that type.
struct Cell {
  const ColumnType& type;
  duckdb_vector vector;
  idx_t row;

  bool IsNull() const;
};

/// Appends the plain text of a value that is not null.
void AppendText(const Cell& cell, std::string& out);
/// Appends the JSON of a value; `null` when it is null.
void AppendJson(const Cell& cell, std::string& out);
/// Appends a JSON string. Bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace ticklake::query
