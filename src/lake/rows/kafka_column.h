// The `_kafka` column: where each row came from.
//
// Fills whichever of epoch, partition, offset, timestamp, key and headers the table's `_kafka`
// struct has. Bytes of keys and headers that are not UTF-8 are shown as U+FFFD; a time that
// microseconds cannot hold is null (HoldsTime).
// Threading: one builder belongs to one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "kafka/log_reader.h"
#include "lake/iceberg/schema.h"
#include "lake/rows/columns.h"
#include "lake/rows/decoder.h"

namespace ticklake::lake {

/// False for a record's timestamp (milliseconds) that a timestamp column cannot hold: clients may
/// send anything, nanoseconds for one.
constexpr bool HoldsTime(int64_t timestamp_ms) {
  constexpr int64_t kMicrosPerMilli = 1000;
  return timestamp_ms <= std::numeric_limits<int64_t>::max() / kMicrosPerMilli;
}

class KafkaColumn {
 public:
  /// field: the schema's `_kafka`, a struct.
  explicit KafkaColumn(const iceberg::Field& field);

  /// The next row is this record of the chunk.
  void Append(const LogSource& source, const kafka::RecordChunk& chunk,
              const kafka::Record& record);
  int64_t length() const { return column_.length(); }
  /// True if this table shows the record's timestamp, and this one does not fit.
  bool Loses(const kafka::Record& record) const {
    return timestamp_ != nullptr && !HoldsTime(record.timestamp_ms);
  }
  void Expect(int64_t rows) { column_.Expect(rows); }
  std::shared_ptr<arrow::Array> Finish(const std::shared_ptr<arrow::DataType>& type) {
    return column_.Finish(column_.length(), type);
  }

 private:
  void AppendHeaders(const kafka::RecordChunk& chunk, const kafka::Record& record);
  template <class C>
  C* Find(std::string_view name, ColumnKind kind) const;

  StructColumn column_;
  IntColumn* epoch_;
  IntColumn* partition_;
  LongColumn* offset_;
  LongColumn* timestamp_;
  StringColumn* key_;
  ListColumn* headers_;
  StringColumn* header_name_ = nullptr;
  StringColumn* header_value_ = nullptr;
  std::string scratch_;
};

}  // namespace ticklake::lake
