// The SQL by which DuckDB sees a Hive table: its files under the catalog's columns and types.
//
// Nothing is guessed: names, types, delimiter and compression are those of the layout. Parquet
// and JSON columns are found by name, those of text files by position. A text value that does
// not fit its column is NULL, as Hive's LazySimpleSerDe and so Athena have it; in JSON and
// Parquet it is an error. Threading: pure functions.
#pragma once

#include <string>

#include "lake/hive/view.h"
#include "query/partition_lookup.h"

namespace ticklake::query {

/// DuckDB's spelling of a Hive type: "BIGINT", "STRUCT(\"a\" VARCHAR)[]".
std::string SqlType(const lake::hive::Type& type);

/// A SELECT of the table's columns, then its partition keys. `partitions` is asked only where
/// the table has keys. Errors: kUnsupported for files that are not local.
Result<std::string> HiveQuery(const lake::hive::HiveView& view,
                              const PartitionLookup::Registration* partitions);

}  // namespace ticklake::query
