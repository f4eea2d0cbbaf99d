#include "lake/verify/stored_rows.h"

#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include "lake/parquet/reader.h"
#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

using ByEpoch = std::map<std::pair<int32_t, int32_t>, Ledger*>;

/// `_kafka` with epoch, partition and offset, in that order, under the table's field ids.
Result<iceberg::Schema> OriginSchema(const iceberg::Schema& schema, const std::string& table) {
  const iceberg::Field* kafka = schema.Find(kKafkaColumn);
  iceberg::Schema origin;
  std::vector<iceberg::Field> members;
  for (const char* name : {"epoch", "partition", "offset"}) {
    if (kafka == nullptr) break;
    for (const iceberg::Field& field : kafka->type->fields) {
      if (field.name == name) members.push_back(field);
    }
  }
  if (members.size() != 3) {
    return Fail(Code::kInvalid, "table '{}': it has no column {} with epoch, partition and offset",
                table, kKafkaColumn);
  }
  origin.fields.push_back(*kafka);
  origin.fields.front().type = iceberg::StructType(std::move(members));
  return origin;
}

void Enter(Ledger& ledger, int64_t offset, StoredKind kind, size_t examples) {
  LogLedger& totals = ledger.totals;
  if (offset >= totals.to) {
    if (kind == StoredKind::kRow) ledger.unexpected.Add(offset, examples);
    return;
  }
  if (!ledger.stored.Insert(offset)) {
    ledger.duplicates.Add(offset, examples);
  } else if (offset < totals.from) {
    ++totals.before_start;
  } else {
    ++(kind == StoredKind::kRow ? totals.rows : totals.dead_letters);
  }
}

class Entry {
 public:
  Entry(ByEpoch by_epoch, StoredKind kind, size_t examples, int64_t* strangers)
      : by_epoch_(std::move(by_epoch)), kind_(kind), examples_(examples), strangers_(strangers) {}

  void Rows(const arrow::RecordBatch& batch) {
    const auto& origin = static_cast<const arrow::StructArray&>(*batch.column(0));
    const auto& epochs = static_cast<const arrow::Int32Array&>(*origin.field(0));
    const auto& partitions = static_cast<const arrow::Int32Array&>(*origin.field(1));
    const auto& offsets = static_cast<const arrow::Int64Array&>(*origin.field(2));
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      const auto found = by_epoch_.find({epochs.Value(row), partitions.Value(row)});
      if (found == by_epoch_.end() || offsets.Value(row) < 0) {
        ++*strangers_;
      } else {
        Enter(*found->second, offsets.Value(row), kind_, examples_);
      }
    }
  }

 private:
  ByEpoch by_epoch_;
  StoredKind kind_;
  size_t examples_;
  int64_t* strangers_;
};

}  // namespace

Result<void> EnterStoredRows(TableStore& tables, const LoadedTable& table, StoredKind kind,
                             size_t examples, Ledgers& ledgers, int64_t* strangers) {
  ByEpoch by_epoch;
  Ledger unread;  // of logs that only the dead letters' table knows (yet)
  for (const auto& [log, position] : table.positions.logs()) {
    const auto found = ledgers.find(log);
    by_epoch[{position.epoch, log.partition}] = found == ledgers.end() ? &unread : &found->second;
  }
  Entry entry(std::move(by_epoch), kind, examples, strangers);
  TL_ASSIGN(const iceberg::Schema schema,
            OriginSchema(table.state->metadata->CurrentSchema(), table.state->entry.name));
  TL_ASSIGN(const auto files, tables.LiveFiles(*table.state));
  for (const iceberg::DataFile& file : files) {
    TL_ASSIGN(const auto reader, DataFileReader::Open(tables.store(), file, schema));
    while (true) {
      TL_ASSIGN(const auto batch, reader->Next());
      if (!batch) break;
      entry.Rows(*batch);
    }
  }
  return {};
}

}  // namespace ticklake::lake
