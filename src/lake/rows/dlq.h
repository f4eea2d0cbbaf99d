// Dead letters as rows of `<table>__dlq`.
//
// Threading: pure functions. Does not: decide what is dead (the decoder does), or commit.
#pragma once

#include <memory>
#include <span>

#include <arrow/record_batch.h>

#include "lake/iceberg/schema.h"
#include "lake/rows/decoder.h"

namespace ticklake::lake {

/// payload binary, error string, topic string, partition int, offset long, timestamp timestamptz,
/// _kafka struct<epoch int, partition int, offset long>; ids count from 1.
iceberg::Schema DeadLetterSchema();

/// One row each, in the order given, under ToArrowSchema(DeadLetterSchema()).
std::shared_ptr<arrow::RecordBatch> DeadLetterRows(const LogSource& source,
                                                   std::span<const DeadLetter> letters);

}  // namespace ticklake::lake
