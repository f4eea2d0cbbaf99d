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

Result<std::vector<PartitionRows>> Split(const iceberg::PartitionSpec& spec,
                                         const iceberg::Schema& schema,
                                         const arrow::RecordBatchVector& batches) {
  std::vector<PartitionRows> parts;
  if (spec.fields.empty()) {
    parts.push_back({{}, batches});
    return parts;
  }
  const iceberg::PartitionField& field = spec.fields.front();
  const iceberg::Field* source = FieldOf(schema, field.source_id);
  const bool by_day = field.transform.kind == iceberg::TransformKind::kDay;
  if (spec.fields.size() != 1 || !by_day || source == nullptr) {
    return Fail(Code::kUnsupported,
                "its partition spec ({}) is one the sink cannot write; it writes unpartitioned "
                "tables and day() of one column: change the spec back",
                iceberg::SerializePartitionFields(spec));
  }
  TL_ASSIGN(auto days, SplitByDay(batches, source->name));
  for (DayRows& day : days) {
    iceberg::Literal value;
    if (day.day) value = *day.day;
    parts.push_back({{std::move(value)}, std::move(day.rows)});
  }
  return parts;
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
  auto parts = Split(state.metadata->DefaultSpec(), schema, batches);
  if (!parts) return Fail(parts.error().Within(fmt::format("table '{}'", state.entry.name)));
  for (PartitionRows& part : *parts) {
    TL_ASSIGN(iceberg::DataFile file, WriteOne(tables, state, schema, part));
    files.push_back(std::move(file));
    part.rows.clear();
  }
  return files;
}

}  // namespace ticklake::lake
