// How a table's schema grows: from the shapes of records, and from what was committed.
//
// Before a table's first commit inference chooses freely (a long becomes a double when a fraction
// comes); afterwards it only adds optional columns (docs/tables.md, "Types").
// Threading: pure functions on values. Does not: touch rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lake/iceberg/schema.h"
#include "lake/rows/json_scan.h"

namespace ticklake::lake {

/// Leaf columns that inference may make in one table; what comes later goes to `_rescued`.
inline constexpr int64_t kMaxLeafColumns = 1000;
/// Levels of structs and lists that become columns; deeper values go to `_rescued`.
inline constexpr int kMaxColumnDepth = 32;

struct GrowOptions {
  bool frozen = false;  ///< the table has been committed
  /// Top-level columns that JSON keys never lead to, besides `_kafka` and `_rescued`.
  std::vector<std::string_view> hidden;
};

struct Growth {
  bool changed = false;
  bool full = false;  ///< a column was refused because of kMaxLeafColumns
  std::vector<std::string> warnings;
};

/// Adds to `schema` the columns that a record of that shape asks for; new ids count up from
/// *next_id. New top-level columns stand before `_rescued` and `_kafka`.
Growth GrowSchema(iceberg::Schema& schema, const Shape& record, const GrowOptions& options,
                  int32_t* next_id);

/// Columns that hold values: no structs or lists, nor `_rescued` and what is in `_kafka`.
int64_t CountLeaves(const iceberg::Schema& schema);

/// `committed`, and after it the columns that only `own` has. Those keep their ids unless one is
/// not above committed's highest. Columns are the same if their JSON keys are.
iceberg::Schema AdoptSchema(const iceberg::Schema& committed, const iceberg::Schema& own);

}  // namespace ticklake::lake
