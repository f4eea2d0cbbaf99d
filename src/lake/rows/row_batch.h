// RowBatchBuilder: the columns of one table, being filled by one thread.
//
// Joins the tree of JSON columns with `_rescued` and `_kafka`. Made for one snapshot of the
// schema; a newer snapshot means a new builder. Threading: belongs to one thread.
// Does not: grow schemas.
#pragma once

#include <memory>
#include <string>

#include <arrow/record_batch.h>

#include "base/result.h"
#include "lake/iceberg/schema.h"
#include "lake/rows/decoder.h"
#include "lake/rows/fixed_schemas.h"
#include "lake/rows/kafka_column.h"
#include "lake/rows/row_parser.h"

namespace ticklake::lake {

/// One state of a table's schema, shared by the threads that decode.
struct SchemaSnapshot {
  iceberg::Schema schema;
  std::shared_ptr<arrow::Schema> arrow;
  const FixedSchema* fixed = nullptr;  ///< nullptr: a generic table
  bool frozen = false;                 ///< the table has been committed
  bool full = false;                   ///< no more columns by inference
};

class RowBatchBuilder {
 public:
  explicit RowBatchBuilder(std::shared_ptr<const SchemaSnapshot> snapshot);

  /// About so many rows follow.
  void Expect(int64_t rows);
  /// As RowParser::Parse, with the record's place in the log. record.value is set.
  RowOutcome Add(const LogSource& source, const kafka::RecordChunk& chunk,
                 const kafka::Record& record, bool scanned);
  const std::string& error() const { return parser_.error(); }
  /// As RowParser's.
  int64_t list_bytes() const { return parser_.list_bytes(); }
  int64_t rows() const { return root_.length(); }
  /// Rows with something in `_rescued` since the last Finish.
  int64_t rescued() const { return rescued_rows_; }
  /// The rows so far under the snapshot's schema; the builder is empty again.
  std::shared_ptr<arrow::RecordBatch> Finish();
  const std::shared_ptr<const SchemaSnapshot>& snapshot() const { return snapshot_; }

 private:
  RowParserOptions Bind();
  void BindFixed();

  std::shared_ptr<const SchemaSnapshot> snapshot_;
  StructColumn root_;  ///< all columns but the system's
  StringColumn rescued_;
  KafkaColumn kafka_;
  RowParser parser_;
  int64_t rescued_rows_ = 0;
};

}  // namespace ticklake::lake
