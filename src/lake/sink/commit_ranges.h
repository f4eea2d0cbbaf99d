// CommitRanges: one attempt at a commit that carries ranges, for main and dead letters' tables.
//
// Threading: pure functions over a TableStore. Does not: retry, or decide what to commit.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lake/ranges/position_set.h"
#include "lake/sink/positions.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct RangeCommit {
  std::vector<Range> ranges;
  std::vector<Range> holes;  ///< lost to retention, inside `ranges`
  std::vector<iceberg::DataFile> files;
  std::optional<iceberg::Schema> schema;  ///< if it changes
};

/// Checks the ranges against the base's positions (kConflict if they do not follow) and swaps
/// files, positions and ranges in together. Outcomes as TableStore::Commit.
Result<LoadedTable> CommitRanges(TableStore& tables, const LoadedTable& base, RangeCommit commit);

/// The properties that a new table of a topic starts with: its topic and no positions.
std::map<std::string, std::string> TopicProperties(const std::string& topic);

}  // namespace ticklake::lake
