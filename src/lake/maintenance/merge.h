// Merge: one rewrite of small files as one, from reading to the swap.
//
// Threading: one call, one thread. Invariants: rows and positions stay as they are; a lost race
// changes nothing and leaves a file that no table refers to. Does not: choose the files.
#pragma once

#include <stop_token>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// The newest version afterwards. kConflict: the files are not live any more; plan again.
/// kCancelled: stop was requested in between.
Result<TableState> MergeFiles(TableStore& tables, const TableState& state,
                              const std::vector<iceberg::DataFile>& files,
                              const std::stop_token& stop);

}  // namespace ticklake::lake
