// The SQL by which DuckDB sees one table of the lake: its committed files and its tail.
//
// Files are read by field id against the table's newest schema (read_parquet's `schema`), so
// that a file written before a column existed gives NULLs, and widened columns are cast, while
// projections and filters still reach the row groups. Threading: pure functions.
#pragma once

#include <string>

#include "lake/iceberg/schema.h"
#include "lake/sink/view.h"

namespace ticklake::query {

/// DuckDB's spelling of a type: "BIGINT", "STRUCT(\"offset\" BIGINT)[]".
std::string SqlType(const lake::iceberg::Type& type);

/// The path of a file URI. Errors: kUnsupported for any other scheme.
Result<std::string> LocalPath(const std::string& uri);

/// The path of a file URI, with what read_parquet would take for a pattern escaped. Errors:
/// kUnsupported for any other scheme.
Result<std::string> FilePattern(const std::string& uri);

/// A SELECT of exactly the schema's columns. `tail` is a call of the tail's table function,
/// "" where the view has no tail.
Result<std::string> ViewQuery(const lake::TableView& view, const std::string& tail);

}  // namespace ticklake::query
