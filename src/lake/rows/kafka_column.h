// The `_kafka` column: where each row came from.
//
// Fills whichever of epoch, partition, offset, timestamp, key and headers the table's `_kafka`
// struct has. Bytes of keys and headers that are not UTF-8 are shown as U+FFFD.
// Threading: one builder belongs to one thread.
#pragma once

#include <memory>
#include <string>

#include "kafka/log_reader.h"
#include "lake/iceberg/schema.h"
#include "lake/rows/columns.h"
#include "lake/rows/decoder.h"

namespace ticklake::lake {

class KafkaColumn {
 public:
  /// field: the schema's `_kafka`, a struct.
  explicit KafkaColumn(const iceberg::Field& field);

  /// The next row is this record of the chunk.
  void Append(const LogSource& source, const kafka::RecordChunk& chunk,
              const kafka::Record& record);
  int64_t length() const { return column_.length(); }
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
