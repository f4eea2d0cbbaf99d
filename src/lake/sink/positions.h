// Loading a topic's table: its state together with the positions it records.
//
// Threading: pure functions over a TableStore. Does not: commit, or cache.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "lake/ranges/position_set.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct LoadedTable {
  std::shared_ptr<const TableState> state;  ///< nullptr: the table does not exist
  std::string topic;                        ///< "" when it is no topic's table
  PositionSet positions;                    ///< empty when it is no topic's table
};

/// kCorrupt when a topic's table states no positions, or damaged ones.
Result<LoadedTable> ReadPositions(TableState state);

/// As ReadPositions of the table's newest version; a missing table is no error.
Result<LoadedTable> LoadTopicTable(TableStore& tables, const std::string& database,
                                   const std::string& name);

/// A property of a table, or "" where it has none.
std::string PropertyOf(const TableState& state, const std::string& key);

/// True if data files that were written for one version of a table may still be offered to another:
/// it is the same table, lays files out alike, and no orphans were removed in between.
bool FilesFit(const TableState& written_for, const TableState& now);

}  // namespace ticklake::lake
