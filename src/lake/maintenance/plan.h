// Plan: which small files of a table are worth one file.
//
// Threading: pure functions. Invariants: files of one plan have one partition and the table's
// default spec; rewriting is geometric (a file joins only smaller company of its own order of
// size), so that a row is rewritten a few times in its life, however long the table lives. A
// partition that gets no more files (yesterday) is brought to as few as there can be, so that their
// number does not grow by a dozen with every day.
#pragma once

#include <vector>

#include "lake/iceberg/data_file.h"
#include "lake/maintenance/maintainer.h"

namespace ticklake::lake {

/// What a plan must know of a table.
struct PlanFacts {
  int32_t default_spec_id = 0;
  int64_t last_sequence_number = 0;
};

/// The files of one merge each, oldest first; none when nothing is worth it.
std::vector<std::vector<iceberg::DataFile>> PlanMerges(std::vector<iceberg::DataFile> live,
                                                       const PlanFacts& facts,
                                                       const MaintenanceOptions& options);

}  // namespace ticklake::lake
