#include "lake/maintenance/merge.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <arrow/record_batch.h>

#include "base/uuid.h"
#include "lake/iceberg/transform.h"
#include "lake/parquet/arrange.h"
#include "lake/parquet/reader.h"
#include "lake/parquet/writer.h"
#include "lake/ranges/keys.h"
#include "lake/sink/positions.h"

namespace ticklake::lake {
namespace {

constexpr int kMaxAttempts = 16;

/// The columns that market data is asked for by, where the table has them.
std::vector<std::string> SortColumns(const iceberg::Schema& schema) {
  const iceberg::Field* symbol = schema.Find("symbol");
  const iceberg::Field* time = schema.Find("ts_event");
  const bool both = symbol != nullptr && symbol->type->id == iceberg::TypeId::kString &&
                    time != nullptr && time->type->id == iceberg::TypeId::kTimestamptz;
  return both ? std::vector<std::string>{"symbol", "ts_event"} : std::vector<std::string>{};
}

Result<iceberg::DataFile> Rewrite(TableStore& tables, const TableState& state,
                                  const std::vector<iceberg::DataFile>& files,
                                  const std::stop_token& stop) {
  const iceberg::TableMetadata& metadata = *state.metadata;
  const iceberg::Schema& schema = metadata.CurrentSchema();
  arrow::RecordBatchVector rows;
  for (const iceberg::DataFile& file : files) {
    if (stop.stop_requested()) return Fail(Code::kCancelled, "merge: stopped on request");
    TL_ASSIGN(auto more, ReadDataFile(tables.store(), file, schema));
    std::ranges::move(more, std::back_inserter(rows));
  }
  if (const auto columns = SortColumns(schema); !columns.empty() && !rows.empty()) {
    TL_ASSIGN(auto sorted, SortRows(rows, columns));
    rows = {std::move(sorted)};
  }
  TL_ASSIGN(ParquetFile written, WriteParquet(schema, rows));
  rows.clear();
  std::string folder = iceberg::PartitionPath(metadata.DefaultSpec(), files.front().partition);
  if (!folder.empty()) folder += '/';
  written.file.path = fmt::format("{}/data/{}merged-{}.parquet", metadata.location, folder,
                                  Uuid::Random().ToString());
  written.file.spec_id = files.front().spec_id;
  written.file.partition = files.front().partition;
  TL_ASSIGN(const std::string key, tables.store().KeyOf(written.file.path));
  TL_TRY(tables.store().Put(key, written.data()));
  return std::move(written.file);
}

/// What a look at the table after a lost race or an unknown outcome says.
enum class Standing { kDone, kOfferAgain, kGone };

Result<Standing> Look(TableStore& tables, const TableState& state, const TableChange& change) {
  TL_ASSIGN(const auto live, tables.LiveFiles(state));
  std::set<std::string> paths;
  for (const iceberg::DataFile& file : live) paths.insert(file.path);
  if (paths.contains(change.added.front().path)) return Standing::kDone;
  const bool all = std::ranges::all_of(
      change.removed_paths, [&](const std::string& path) { return paths.contains(path); });
  return all ? Standing::kOfferAgain : Standing::kGone;
}

}  // namespace

Result<TableState> MergeFiles(TableStore& tables, const TableState& state,
                              const std::vector<iceberg::DataFile>& files,
                              const std::stop_token& stop) {
  TableChange change;
  change.summary[kMaintenanceKey] = "merge";
  for (const iceberg::DataFile& file : files) change.removed_paths.push_back(file.path);
  TL_ASSIGN(iceberg::DataFile merged, Rewrite(tables, state, files, stop));
  change.added.push_back(std::move(merged));
  TableState base = state;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    auto committed = tables.Commit(base, change);
    if (committed) return committed;
    const Code code = committed.error().code;
    if (code != Code::kConflict && code != Code::kOutcomeUnknown) return committed;
    TL_ASSIGN(base, tables.Load(state.entry.database, state.entry.name));
    TL_ASSIGN(const Standing standing, Look(tables, base, change));
    if (standing == Standing::kDone) return base;
    if (standing == Standing::kGone || !FilesFit(state, base)) break;
  }
  return Fail(Code::kConflict, "table '{}': its files changed while they were merged",
              state.entry.name);
}

}  // namespace ticklake::lake
