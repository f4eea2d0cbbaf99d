// Tiles: do the ranges of the snapshots still kept join up, and do all texts agree?
//
// Threading: pure function.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lake/sink/positions.h"

namespace ticklake::lake {

/// One line each; empty when summary and property state the same positions, and each log's
/// ranges follow each other up to its position.
Result<std::vector<std::string>> FindTileProblems(const LoadedTable& table);

}  // namespace ticklake::lake
