// StoredRows: the `_kafka` column of a table's live files, entered into ledgers.
//
// Threading: none. Does not: read anything else of the files.
#pragma once

#include <string>

#include "base/result.h"
#include "lake/sink/positions.h"
#include "lake/verify/ledger.h"

namespace ticklake::lake {

enum class StoredKind { kRow, kDeadLetter };

/// Enters every row of the table. Rows that name an epoch and partition without a position go
/// to *strangers. Dead letters beyond the main table's position are an attempt's that has not
/// reached the main table (yet): not counted.
Result<void> EnterStoredRows(TableStore& tables, const LoadedTable& table, StoredKind kind,
                             size_t examples, Ledgers& ledgers, int64_t* strangers);

}  // namespace ticklake::lake
