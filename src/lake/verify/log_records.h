// LogRecords: one log read from its start to the table's position, against its ledger.
//
// Threading: none. Does not: decode values; a record with a value must be a row or a dead
// letter, whichever.
#pragma once

#include "base/result.h"
#include "kafka/log_reader.h"
#include "lake/verify/ledger.h"

namespace ticklake::lake {

/// Counts tombstones and holes; notes what is missing or unexpected. A damaged batch is passed
/// over: what it held cannot be checked.
Result<void> CompareWithLog(kafka::LogReader& reader, const VerifyOptions& options, Ledger& ledger);

}  // namespace ticklake::lake
