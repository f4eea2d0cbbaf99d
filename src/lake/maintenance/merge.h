// Merge: one rewrite of small files as one, from reading to the swap.
//
// Threading: one call, one thread. Invariants: rows and positions stay as they are; a lost race
// changes nothing and leaves a file that no table refers to. Does not: choose the files.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "lake/iceberg/data_file.h"
#include "lake/table/table.h"

namespace ticklake::lake {

struct MergeOptions {
  /// Of rows in memory, about; sorting them and writing them take as much again. The first of the
  /// files that fit are merged.
  int64_t max_bytes = 0;
  std::stop_token stop;
};

struct Merged {
  TableState state;                      ///< the newest version afterwards
  std::vector<iceberg::DataFile> files;  ///< those merged; none: no two of them fit
  std::vector<std::string> too_large;    ///< paths of files that are not worth another try
};

/// kConflict: the files are not live any more; plan again. kCancelled: stop was requested.
Result<Merged> MergeFiles(TableStore& tables, const TableState& state,
                          const std::vector<iceberg::DataFile>& files, const MergeOptions& options);

}  // namespace ticklake::lake
