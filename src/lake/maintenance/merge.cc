#include "lake/maintenance/merge.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

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

/// Rows of a file: their size in memory, or what the file claims if that is too much already.
struct FileRows {
  arrow::RecordBatchVector rows;
  int64_t bytes = 0;
};

/// Until there are more than `most` bytes.
Result<FileRows> ReadRows(TableStore& tables, const iceberg::DataFile& file,
                          const iceberg::Schema& schema, int64_t most) {
  FileRows out;
  TL_ASSIGN(const auto reader, DataFileReader::Open(tables.store(), file, schema));
  if (reader->least_bytes() > most) {
    out.bytes = reader->least_bytes();
    return out;
  }
  while (out.bytes <= most) {
    TL_ASSIGN(auto batch, reader->Next());
    if (batch == nullptr) break;
    out.bytes += arrow::util::TotalBufferSize(*batch);
    out.rows.push_back(std::move(batch));
  }
  return out;
}

/// The first of the files, as many as fit.
struct Selection {
  std::vector<iceberg::DataFile> files;
  arrow::RecordBatchVector rows;
  std::vector<std::string> too_large;
};

Result<Selection> Select(TableStore& tables, const iceberg::Schema& schema,
                         const std::vector<iceberg::DataFile>& files, const MergeOptions& options) {
  Selection out;
  int64_t bytes = 0;
  for (const iceberg::DataFile& file : files) {
    if (options.stop.stop_requested()) return Fail(Code::kCancelled, "merge: stopped on request");
    TL_ASSIGN(FileRows more, ReadRows(tables, file, schema, options.max_bytes - bytes));
    if (bytes + more.bytes > options.max_bytes) {
      if (out.files.size() > 1) break;
      // Of two that do not fit together, one at least is as large as this.
      const int64_t half = options.max_bytes / 2;
      if (more.bytes > half) out.too_large.push_back(file.path);
      if (!out.files.empty() && bytes > half) out.too_large.push_back(out.files.front().path);
      out.files.clear();
      break;
    }
    bytes += more.bytes;
    out.files.push_back(file);
    std::ranges::move(more.rows, std::back_inserter(out.rows));
  }
  if (out.files.size() < 2) out.files.clear();
  return out;
}

Result<iceberg::DataFile> Write(TableStore& tables, const TableState& state, Selection selection) {
  const iceberg::TableMetadata& metadata = *state.metadata;
  const iceberg::Schema& schema = metadata.CurrentSchema();
  arrow::RecordBatchVector rows = std::move(selection.rows);
  const auto& files = selection.files;
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

Result<Merged> MergeFiles(TableStore& tables, const TableState& state,
                          const std::vector<iceberg::DataFile>& files,
                          const MergeOptions& options) {
  TL_ASSIGN(Selection selection, Select(tables, state.metadata->CurrentSchema(), files, options));
  Merged out{.state = state, .files = selection.files, .too_large = selection.too_large};
  if (out.files.empty()) return out;
  TableChange change;
  change.summary[kMaintenanceKey] = "merge";
  for (const iceberg::DataFile& file : out.files) change.removed_paths.push_back(file.path);
  TL_ASSIGN(iceberg::DataFile merged, Write(tables, state, std::move(selection)));
  change.added.push_back(std::move(merged));
  TableState& base = out.state;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    auto committed = tables.Commit(base, change);
    if (committed) {
      out.state = *std::move(committed);
      return out;
    }
    const Code code = committed.error().code;
    if (code != Code::kConflict && code != Code::kOutcomeUnknown) return Fail(committed.error());
    TL_ASSIGN(base, tables.Load(state.entry.database, state.entry.name));
    TL_ASSIGN(const Standing standing, Look(tables, base, change));
    if (standing == Standing::kDone) return out;
    if (standing == Standing::kGone || !FilesFit(state, base)) break;
  }
  return Fail(Code::kConflict, "table '{}': its files changed while they were merged",
              state.entry.name);
}

}  // namespace ticklake::lake
