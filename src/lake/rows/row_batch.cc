#include "lake/rows/row_batch.h"

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <string>
#include <string_view>
#include <utility>

#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

bool IsSystem(const iceberg::Field& field) {
  return field.name == kKafkaColumn || field.name == kRescuedColumn;
}

iceberg::Field RootOf(const iceberg::Schema& schema) {
  std::vector<iceberg::Field> fields;
  for (const iceberg::Field& field : schema.fields) {
    if (!IsSystem(field)) fields.push_back(field);
  }
  return {.id = 0,
          .name = "",
          .required = true,
          .type = iceberg::StructType(std::move(fields)),
          .doc = ""};
}

std::shared_ptr<arrow::DataType> RootType(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    if (field->name() != kKafkaColumn && field->name() != kRescuedColumn) fields.push_back(field);
  }
  return arrow::struct_(fields);
}

}  // namespace

RowBatchBuilder::RowBatchBuilder(std::shared_ptr<const SchemaSnapshot> snapshot)
    : snapshot_(std::move(snapshot)),
      root_(ColumnKind::kStruct, RootOf(snapshot_->schema)),
      rescued_(ColumnKind::kString, *snapshot_->schema.Find(kRescuedColumn)),
      kafka_(*snapshot_->schema.Find(kKafkaColumn)),
      parser_(root_, Bind()) {}

/// Settles how the columns read JSON, and what the parser must know about them.
RowParserOptions RowBatchBuilder::Bind() {
  if (snapshot_->fixed != nullptr) BindFixed();
  RowParserOptions options;
  options.frozen = snapshot_->frozen;
  options.full = snapshot_->full;
  for (const auto& column : root_.children()) {
    if (column->required) options.required.push_back(column.get());
  }
  if (snapshot_->fixed == nullptr) return options;
  for (const std::string_view name : snapshot_->fixed->any_of) {
    if (const Column* column = root_.Child(name)) options.any_of.push_back(column);
  }
  return options;
}

/// Gives columns of a fixed schema their own reading, as far as the table still has them so.
void RowBatchBuilder::BindFixed() {
  for (const FixedColumn& spec : snapshot_->fixed->columns) {
    Column* const column = root_.Child(spec.name);
    const iceberg::Field* const field = snapshot_->schema.Find(spec.name);
    if (column == nullptr || field->type->id != spec.type) continue;
    column->mode = spec.mode;
    if (spec.exact_of.empty()) {
      column->required = spec.required;
      continue;
    }
    root_.Hide(*column);
    if (Column* source = root_.Child(spec.exact_of);
        source != nullptr && source->kind() == ColumnKind::kTime) {
      source->exact = column;
    }
  }
}

void RowBatchBuilder::Expect(int64_t rows) {
  root_.Expect(rows);
  kafka_.Expect(rows);
}

RowOutcome RowBatchBuilder::Add(const LogSource& source, const kafka::RecordChunk& chunk,
                                const kafka::Record& record, bool scanned) {
  const RowOutcome outcome = parser_.Parse(*record.value, scanned);
  if (outcome != RowOutcome::kRow) return outcome;
  std::string_view rescued = parser_.rescued();
  std::string with_time;
  if (kafka_.Loses(record)) {
    with_time = fmt::format(R"({}{}"_kafka":{{"timestamp":{}}}}})",
                            rescued.empty() ? "{" : rescued.substr(0, rescued.size() - 1),
                            rescued.empty() ? "" : ",", record.timestamp_ms);
    rescued = with_time;
  }
  if (!rescued.empty()) {
    rescued_.PadTo(root_.length() - 1);
    rescued_.Append(rescued);
    ++rescued_rows_;
  }
  kafka_.Append(source, chunk, record);
  return outcome;
}

std::shared_ptr<arrow::RecordBatch> RowBatchBuilder::Finish() {
  const int64_t rows = root_.length();
  const arrow::Schema& schema = *snapshot_->arrow;
  arrow::ArrayVector user = root_.FinishChildren(rows, *RootType(schema));
  root_.Truncate(0);
  arrow::ArrayVector columns;
  size_t next = 0;
  for (const auto& field : schema.fields()) {
    if (field->name() == kKafkaColumn) {
      columns.push_back(kafka_.Finish(field->type()));
    } else if (field->name() == kRescuedColumn) {
      columns.push_back(rescued_.Finish(rows, field->type()));
    } else {
      columns.push_back(std::move(user[next++]));
    }
  }
  rescued_rows_ = 0;
  return arrow::RecordBatch::Make(snapshot_->arrow, rows, std::move(columns));
}

}  // namespace ticklake::lake
