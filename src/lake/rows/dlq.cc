#include "lake/rows/dlq.h"

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include "lake/rows/arrow_schema.h"
#include "lake/rows/columns.h"
#include "lake/rows/fixed_schemas.h"
#include "lake/rows/kafka_column.h"
#include "lake/rows/names.h"

namespace ticklake::lake {

iceberg::Schema DeadLetterSchema() {
  using iceberg::TypeId;
  struct Spec {
    const char* name;
    TypeId type;
    bool required;
  };
  static constexpr Spec kSpecs[] = {
      {"payload", TypeId::kBinary, true}, {"error", TypeId::kString, true},
      {"topic", TypeId::kString, true},   {"partition", TypeId::kInt, true},
      {"offset", TypeId::kLong, true},    {"timestamp", TypeId::kTimestamptz, false},
  };
  iceberg::Schema schema;
  int32_t next_id = 1;
  for (const Spec& spec : kSpecs) {
    schema.fields.push_back({.id = next_id++,
                             .name = spec.name,
                             .required = spec.required,
                             .type = iceberg::Primitive(spec.type),
                             .doc = ""});
  }
  for (iceberg::Field& field : SystemColumns(/*fixed=*/true, &next_id)) {
    if (field.name == kKafkaColumn) schema.fields.push_back(std::move(field));
  }
  return schema;
}

std::shared_ptr<arrow::RecordBatch> DeadLetterRows(const LogSource& source,
                                                   std::span<const DeadLetter> letters) {
  const iceberg::Schema schema = DeadLetterSchema();
  const auto arrow_schema = ToArrowSchema(schema);
  StringColumn payload(ColumnKind::kString, schema.fields[0]);
  StringColumn error(ColumnKind::kString, schema.fields[1]);
  StringColumn topic(ColumnKind::kString, schema.fields[2]);
  IntColumn partition(ColumnKind::kInt, schema.fields[3]);
  LongColumn offset(ColumnKind::kLong, schema.fields[4]);
  LongColumn timestamp(ColumnKind::kTime, schema.fields[5]);
  KafkaColumn kafka(schema.fields[6]);
  const kafka::RecordChunk no_headers;
  for (const DeadLetter& letter : letters) {
    payload.Append(letter.payload);
    error.Append(HoldsTime(letter.timestamp_ms)
                     ? *letter.error
                     : fmt::format("{}; its timestamp {} ms is beyond what a column can hold",
                                   *letter.error, letter.timestamp_ms));
    topic.Append(source.topic);
    partition.Append(source.partition);
    offset.Append(letter.offset);
    if (letter.timestamp_ms >= 0 && HoldsTime(letter.timestamp_ms)) {
      timestamp.PadTo(offset.length() - 1);
      timestamp.Append(letter.timestamp_ms * 1000);
    }
    kafka::Record record;
    record.offset = letter.offset;
    kafka.Append(source, no_headers, record);
  }
  arrow::ArrayVector columns;
  const auto rows = std::ssize(letters);
  Column* const plain[] = {&payload, &error, &topic, &partition, &offset, &timestamp};
  for (Column* column : plain) {
    columns.push_back(
        column->Finish(rows, arrow_schema->field(static_cast<int>(columns.size()))->type()));
  }
  columns.push_back(kafka.Finish(arrow_schema->field(6)->type()));
  return arrow::RecordBatch::Make(arrow_schema, rows, std::move(columns));
}

}  // namespace ticklake::lake
