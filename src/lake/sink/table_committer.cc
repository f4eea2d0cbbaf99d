#include "lake/sink/table_committer.h"

#include <utility>

#include <arrow/record_batch.h>

#include "base/log.h"
#include "lake/rows/fixed_schemas.h"
#include "lake/sink/commit_ranges.h"
#include "lake/sink/data_files.h"
#include "lake/sink/stage_time.h"

namespace ticklake::lake {
namespace {

constexpr int kMaxAttempts = 16;

bool NeedsALook(const Error& error) {
  return error.code == Code::kConflict || error.code == Code::kOutcomeUnknown;
}

int64_t BytesOf(const Cut& cut) {
  int64_t bytes = 0;
  for (const CutLog& part : cut.logs) {
    for (const TailPiecePtr& piece : part.pieces) bytes += piece->bytes;
  }
  return bytes;
}

/// What the protocol says about a cut: its ranges, and what in them was lost to retention.
RangeCommit RangesOf(const Cut& cut) {
  RangeCommit commit;
  for (const CutLog& part : cut.logs) {
    const LogSource& source = part.source;
    commit.ranges.push_back({part.log, source.topic, source.epoch, part.from, part.to});
    for (const TailPiecePtr& piece : part.pieces) {
      if (!piece->lost) continue;
      commit.holes.push_back({part.log, source.topic, source.epoch, piece->from, piece->to});
    }
  }
  return commit;
}

}  // namespace

TableCommitter::TableCommitter(const TableCommitterParts& parts, std::string database)
    : tables_(*parts.tables),
      reader_(*parts.reader),
      tail_(*parts.tail),
      budget_(*parts.budget),
      metrics_(parts.metrics),
      database_(std::move(database)),
      dead_(tables_, database_, tail_.table(), tail_.topic()) {}

Result<void> TableCommitter::Reload() {
  TL_ASSIGN(LoadedTable fresh, LoadTopicTable(tables_, database_, tail_.table()));
  if (!fresh.state && tail_.table_version().state) {
    spdlog::warn(
        "table '{}.{}': somebody dropped it; it is made anew from what topic '{}' still holds "
        "(--sink off, or deleting the topic, ends that); the files of the old one stay",
        database_, tail_.table(), tail_.topic());
  }
  return tail_.Adopt(std::move(fresh));
}

Result<void> TableCommitter::Refresh() {
  const LoadedTable held = tail_.table_version();
  const auto entry = tables_.catalog().GetTable(database_, tail_.table());
  if (!entry && entry.error().code != Code::kNotFound) return Fail(entry.error());
  if (!entry && !held.state) return {};
  if (entry && held.state && entry->version == held.state->entry.version &&
      entry->parameters == held.state->entry.parameters) {
    return {};
  }
  return Reload();
}

Result<void> TableCommitter::Create(const Cut& cut) {
  NewTable table{.database = database_, .name = tail_.table()};
  table.schema = cut.decoder->CurrentSchema();
  table.partition = InitialPartition(tail_.topic(), table.schema);
  table.properties = TopicProperties(tail_.topic());
  auto created = tables_.Create(table);
  if (!created && created.error().code == Code::kNotFound) {
    // Somebody dropped the whole database.
    const auto made = tables_.catalog().CreateDatabase({.name = database_});
    if (!made && made.error().code != Code::kAlreadyExists) return Fail(made.error());
    created = tables_.Create(table);
  }
  stale_ = true;
  const bool settled = created || created.error().code == Code::kAlreadyExists ||
                       created.error().code == Code::kOutcomeUnknown;
  return settled ? Result<void>() : Fail(std::move(created).error());
}

Result<void> TableCommitter::EnsureDurable(const Cut& cut) {
  for (const CutLog& part : cut.logs) {
    auto durable = reader_.EnsureDurable(part.log, part.to);
    // A deleted topic has nothing left to make durable; its rows are here.
    if (!durable && durable.error().code != Code::kNotFound) {
      return Fail(std::move(durable).error());
    }
  }
  return {};
}

Result<void> TableCommitter::Prepare(Cut cut) {
  Prepared prepared;
  TL_TRY(EnsureDurable(cut));
  // Rows put in order and files in the making are copies of what the cut has, a part at a time.
  const MemoryClaim working(budget_, MemoryClaim::Kind::kWorking, BytesOf(cut));
  TL_ASSIGN(prepared.dead, dead_.Commit(cut));
  const StageTime time(metrics_, "write");
  prepared.schema = cut.decoder->CurrentSchema();
  arrow::RecordBatchVector batches;
  for (const CutLog& part : cut.logs) {
    for (const TailPiecePtr& piece : part.pieces) {
      if (!piece->rows) continue;
      TL_ASSIGN(auto rows, cut.decoder->Conform(piece->rows, prepared.schema));
      batches.push_back(std::move(rows));
    }
  }
  TL_ASSIGN(prepared.files, WriteDataFiles(tables_, *cut.base.state, prepared.schema, batches));
  prepared.cut = std::move(cut);
  prepared_ = std::move(prepared);
  return {};
}

bool TableCommitter::PreparedFits() {
  if (!prepared_) return false;
  const LoadedTable before = prepared_->cut.base;
  if (!tail_.Renew(prepared_->cut) || !prepared_->cut.base.state) return false;
  return FilesFit(*before.state, *prepared_->cut.base.state);
}

Result<Committed> TableCommitter::Offer() {
  const StageTime time(metrics_, "commit");
  const LoadedTable& base = prepared_->cut.base;
  RangeCommit commit = RangesOf(prepared_->cut);
  commit.files = prepared_->files;
  if (!prepared_->schema.SameFields(base.state->metadata->CurrentSchema())) {
    commit.schema = prepared_->schema;
  }
  Committed outcome{.rows = prepared_->cut.rows,
                    .dead = prepared_->dead,
                    .ranges = commit.ranges,
                    .partial = prepared_->cut.partial};
  TL_ASSIGN(LoadedTable committed, CommitRanges(tables_, base, std::move(commit)));
  TL_TRY(Publish(std::move(committed), *prepared_));
  prepared_.reset();
  stale_ = false;
  return outcome;
}

Result<void> TableCommitter::Publish(LoadedTable committed, const Prepared& prepared) {
  // The base's files and ours are the new version's, so no manifest need be read.
  Files files;
  const TailSnapshot before = tail_.Snapshot();
  const TableState* base = prepared.cut.base.state.get();
  if (before.files && before.table.state.get() == base) {
    auto all = std::make_shared<std::vector<iceberg::DataFile>>(*before.files);
    all->insert(all->end(), prepared.files.begin(), prepared.files.end());
    files = std::move(all);
  }
  return tail_.Adopt(std::move(committed), std::move(files));
}

Result<Committed> TableCommitter::CommitOnce() {
  std::string why = "the table could not be made";
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    // A look costs one read of the catalog; an attempt on a version that a merge or another sink
    // has replaced is written in vain.
    TL_TRY(stale_ ? Reload() : Refresh());
    if (!PreparedFits()) {
      prepared_.reset();
      Cut cut = tail_.TakeCut();
      if (cut.logs.empty()) {
        stale_ = false;
        return Committed{};
      }
      if (!cut.base.state) {
        TL_TRY(Create(cut));
        continue;
      }
      TL_TRY(Prepare(std::move(cut)));
    }
    // Whatever happens from here on, the table must be read again unless it went well.
    stale_ = true;
    auto committed = Offer();
    if (committed || !NeedsALook(committed.error())) return committed;
    why = std::move(committed).error().message;
  }
  return Fail(Code::kConflict,
              "table '{}': {} attempts to commit came to nothing; the last one: {}", tail_.table(),
              kMaxAttempts, why);
}

Result<Files> TableCommitter::LiveFiles(const TableState& state) {
  TL_ASSIGN(auto live, tables_.LiveFiles(state));
  auto files = std::make_shared<const std::vector<iceberg::DataFile>>(std::move(live));
  tail_.SetFiles(state, files);
  return files;
}

}  // namespace ticklake::lake
