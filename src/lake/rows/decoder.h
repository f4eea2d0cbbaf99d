// TableDecoder: records of a topic in, Arrow rows of its table out.
//
// One decoder belongs to one table; it holds the table's evolving schema and turns chunks of
// records into immutable batches, dead letters and counts (docs/tables.md has the rules).
// Threading: Decode may run on several threads at once for different logs; the schema is
// guarded inside. Does not: read logs, know ranges, write files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/result.h"
#include "kafka/log_reader.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

/// A record that could not become a row. Payload and key are owned copies.
struct DeadLetter {
  int64_t offset = 0;
  int64_t timestamp_ms = -1;
  std::string payload;
  std::shared_ptr<const std::string> error;  ///< letters of the same one share it
};

/// The outcome of one chunk, or of its first part. rows + dead letters + tombstones = its records.
struct DecodedChunk {
  /// The chunk's next_offset; less if its values are large, or its rows or dead letters many.
  /// Decode the records from here on next: a few packed bytes must not become gigabytes at once.
  int64_t next_offset = 0;
  std::shared_ptr<arrow::RecordBatch> rows;  ///< nullptr when there are none
  std::vector<DeadLetter> dead;
  int64_t tombstones = 0;
  int64_t rescued = 0;  ///< rows with something in _rescued
  /// Smallest and largest ts_event day are found by the writer, not here.
};

/// Where the records come from, for the `_kafka` column.
struct LogSource {
  std::string topic;
  int32_t epoch = 0;
  int32_t partition = 0;
};

class TableDecoder {
 public:
  virtual ~TableDecoder() = default;

  virtual Result<DecodedChunk> Decode(const LogSource& source, const kafka::RecordChunk& chunk) = 0;

  /// The newest schema: committed columns and those the tail has found since.
  virtual iceberg::Schema CurrentSchema() const = 0;
  /// The table was committed with this schema (by us or another sink): from here on only what
  /// Iceberg allows. Columns found since keep their names and get ids after the schema's.
  virtual Result<void> Freeze(const iceberg::Schema& committed) = 0;
  /// A batch with exactly the columns and types of `schema`: missing ones null, widened ones
  /// cast; what no longer fits goes to `_rescued`.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Conform(
      const std::shared_ptr<arrow::RecordBatch>& rows, const iceberg::Schema& schema) const = 0;
};

/// The decoder for a topic: fixed schemas for `trades` and `quotes`, inference for all others.
/// `committed` is the table's schema where it exists already.
std::unique_ptr<TableDecoder> MakeDecoder(const std::string& topic,
                                          const iceberg::Schema* committed);

}  // namespace ticklake::lake
