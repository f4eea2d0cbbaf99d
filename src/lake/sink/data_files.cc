#include "lake/sink/data_files.h"

#include <string>
#include <utility>

#include <arrow/record_batch.h>

#include "base/uuid.h"
#include "lake/iceberg/transform.h"
#include "lake/parquet/arrange.h"
#include "lake/parquet/writer.h"

namespace ticklake::lake {
namespace {

struct PartitionRows {
  std::vector<iceberg::Literal> values;
  arrow::RecordBatchVector rows;
};

const iceberg::Field* FieldOf(const iceberg::Schema& schema, int32_t id) {
  for (const iceberg::Field& field : schema.fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

/// The column whose day a table is partitioned by; "" for an unpartitioned one.
Result<std::string> DayColumn(const iceberg::PartitionSpec& spec, const iceberg::Schema& schema) {
  if (spec.fields.empty()) return "";
  const iceberg::PartitionField& field = spec.fields.front();
  const iceberg::Field* source = FieldOf(schema, field.source_id);
  const bool by_day = field.transform.kind == iceberg::TransformKind::kDay;
  if (spec.fields.size() == 1 && by_day && source != nullptr) return source->name;
  return Fail(Code::kUnsupported,
              "its partition spec ({}) is one the sink cannot write; it writes unpartitioned "
              "tables and day() of one column: change the spec back",
              iceberg::SerializePartitionFields(spec));
}

Result<iceberg::DataFile> WriteOne(TableStore& tables, const TableState& state,
                                   const iceberg::Schema& schema, const PartitionRows& part) {
  const iceberg::TableMetadata& metadata = *state.metadata;
  const iceberg::PartitionSpec& spec = metadata.DefaultSpec();
  std::string folder = iceberg::PartitionPath(spec, part.values);
  if (!folder.empty()) folder += '/';
  TL_ASSIGN(ParquetFile written, WriteParquet(schema, part.rows));
  written.file.path = fmt::format("{}/data/{}00000-0-{}.parquet", metadata.location, folder,
                                  Uuid::Random().ToString());
  written.file.spec_id = spec.spec_id;
  written.file.partition = part.values;
  TL_ASSIGN(const std::string key, tables.store().KeyOf(written.file.path));
  TL_TRY(tables.store().Put(key, written.data()));
  return std::move(written.file);
}

}  // namespace

Result<std::vector<iceberg::DataFile>> WriteDataFiles(TableStore& tables, const TableState& state,
                                                      const iceberg::Schema& schema,
                                                      const arrow::RecordBatchVector& batches) {
  std::vector<iceberg::DataFile> files;
  if (batches.empty()) return files;
  const auto column = DayColumn(state.metadata->DefaultSpec(), schema);
  if (!column) return Fail(column.error().Within(fmt::format("table '{}'", state.entry.name)));
  if (column->empty()) {
    TL_ASSIGN(files.emplace_back(), WriteOne(tables, state, schema, {{}, batches}));
    return files;
  }
  TL_ASSIGN(const DaySplit split, DaySplit::Of(batches, *column));
  for (const DaySplit::Day& day : split.Days()) {
    iceberg::Literal value;
    if (day) value = *day;
    PartitionRows part{{std::move(value)}, {}};
    TL_ASSIGN(part.rows, split.RowsOf(day));
    TL_ASSIGN(files.emplace_back(), WriteOne(tables, state, schema, part));
  }
  return files;
}

}  // namespace ticklake::lake
