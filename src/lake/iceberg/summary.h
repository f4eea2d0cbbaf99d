// Snapshot summaries: what a commit added and removed, and the table's totals after it (spec,
// "Optional Snapshot Summary Fields").
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lake/iceberg/data_file.h"
#include "lake/iceberg/metadata.h"

namespace ticklake::lake::iceberg {

inline constexpr char kOperation[] = "operation";
inline constexpr char kAppend[] = "append";    ///< only added files, or none
inline constexpr char kReplace[] = "replace";  ///< other files with the same rows

/// What a commit does to the table's files.
struct FileChanges {
  std::vector<DataFile> added;
  std::vector<DataFile> removed;
};

/// The standard fields. Totals continue the parent's; where the parent has none (another
/// writer left them out), they are left out. parent: nullptr for a table's first snapshot.
std::map<std::string, std::string> StandardSummary(const Snapshot* parent,
                                                   const FileChanges& changes);

}  // namespace ticklake::lake::iceberg
