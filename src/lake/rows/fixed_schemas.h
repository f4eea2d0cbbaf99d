// The tables with fixed schemas, `trades` and `quotes`, and the columns that every table has.
//
// One table per fact: the columns here make the Iceberg schema, the reading of JSON and the
// partitioning (docs/tables.md shows them). Threading: constants and pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"
#include "lake/rows/columns.h"

namespace ticklake::lake {

struct FixedColumn {
  std::string_view name;
  iceberg::TypeId type;
  ReadMode mode = ReadMode::kPlain;
  bool required = false;
  /// Filled with the exact nanoseconds of this kNanos column; never read from JSON.
  std::string_view exact_of = {};
};

struct FixedSchema {
  std::string_view topic;
  std::vector<FixedColumn> columns;
  /// A record needs at least one of these; none: no such rule.
  std::vector<std::string_view> any_of;
  std::string_view partition_by;  ///< by day of this column
};

/// The fixed schema of a topic, or nullptr.
const FixedSchema* FindFixedSchema(std::string_view topic);

/// `_rescued` and `_kafka` for a table; the short `_kafka` of fixed ones has no timestamp, key and
/// headers. Ids from *next_id on.
std::vector<iceberg::Field> SystemColumns(bool fixed, int32_t* next_id);

/// The schema of a topic's table before any record was seen: ids count from 1.
iceberg::Schema InitialSchema(std::string_view topic);

/// How the table of a topic is partitioned; no fields for generic topics.
iceberg::PartitionSpec InitialPartition(std::string_view topic, const iceberg::Schema& schema);

}  // namespace ticklake::lake
