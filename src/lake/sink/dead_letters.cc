#include "lake/sink/dead_letters.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include <arrow/record_batch.h>

#include "lake/ranges/keys.h"
#include "lake/rows/conform.h"
#include "lake/rows/dlq.h"
#include "lake/rows/names.h"
#include "lake/sink/commit_ranges.h"
#include "lake/sink/data_files.h"

namespace ticklake::lake {
namespace {

constexpr int kMaxAttempts = 8;

/// The letters of pieces from offset `from` on, as rows; how many. Those below were committed by an
/// attempt that died before the main table's.
int64_t AddLetters(const std::vector<TailPiecePtr>& pieces, const LogSource& source, int64_t from,
                   arrow::RecordBatchVector& batches) {
  int64_t count = 0;
  for (const TailPiecePtr& piece : pieces) {
    // A piece's letters are in the order of their offsets.
    const auto first = std::ranges::lower_bound(piece->dead, from, {}, &DeadLetter::offset);
    const std::span<const DeadLetter> letters(first, piece->dead.end());
    if (letters.empty()) continue;
    batches.push_back(DeadLetterRows(source, letters));
    count += std::ssize(letters);
  }
  return count;
}

bool HasLetters(const Cut& cut) { return cut.dead > 0; }

}  // namespace

DeadLetterTable::DeadLetterTable(TableStore& tables, std::string database, std::string main_table,
                                 std::string topic)
    : tables_(tables),
      database_(std::move(database)),
      main_table_(std::move(main_table)),
      topic_(std::move(topic)),
      name_(main_table_ + std::string(kDeadLetterSuffix)) {}

Result<LoadedTable> DeadLetterTable::Load() {
  const std::lock_guard lock(mutex_);
  if (cached_.state) {
    const auto entry = tables_.catalog().GetTable(database_, name_);
    if (entry && entry->version == cached_.state->entry.version &&
        entry->parameters == cached_.state->entry.parameters) {
      return cached_;
    }
  }
  TL_ASSIGN(cached_, LoadTopicTable(tables_, database_, name_));
  if (cached_.state && cached_.topic != topic_) {
    return Fail(Code::kConflict,
                "table '{}': it is needed for the dead letters of topic '{}', but holds something "
                "else; rename it",
                name_, topic_);
  }
  return cached_;
}

Result<void> DeadLetterTable::Create() {
  NewTable table{.database = database_, .name = name_, .schema = DeadLetterSchema()};
  table.properties = TopicProperties(topic_);
  table.properties[kDeadLettersOfKey] = main_table_;
  auto created = tables_.Create(table);
  const bool settled = created || created.error().code == Code::kAlreadyExists ||
                       created.error().code == Code::kOutcomeUnknown;
  return settled ? Result<void>() : Fail(std::move(created).error());
}

Result<int64_t> DeadLetterTable::Commit(const Cut& cut) {
  if (!HasLetters(cut)) return 0;
  std::string why = "the table could not be made";
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TL_ASSIGN(const LoadedTable base, Load());
    if (!base.state) {
      TL_TRY(Create());
      continue;
    }
    auto committed = CommitOnce(base, cut);
    if (committed) return committed;
    const Code code = committed.error().code;
    if (code != Code::kConflict && code != Code::kOutcomeUnknown) return committed;
    why = std::move(committed).error().message;
  }
  return Fail(Code::kConflict,
              "table '{}': {} attempts to commit came to nothing; the last one: {}", name_,
              kMaxAttempts, why);
}

Result<int64_t> DeadLetterTable::CommitOnce(const LoadedTable& base, const Cut& cut) {
  RangeCommit commit;
  PositionSet positions = base.positions;
  arrow::RecordBatchVector batches;
  int64_t letters_committed = 0;
  for (const CutLog& part : cut.logs) {
    const Position* position = positions.Find(part.log);
    const int64_t from = position ? position->to : part.from;
    // Epochs are the dead letters' table's own: the main table may settle its own differently.
    LogSource source = part.source;
    source.epoch = positions.EpochOf(part.log.cluster_id, part.log.topic_id);
    const int64_t letters = AddLetters(part.pieces, source, from, batches);
    if (letters == 0) continue;
    commit.ranges.push_back({part.log, topic_, source.epoch, from, part.dead_to});
    positions.Set({part.log, topic_, source.epoch, part.dead_to});
    letters_committed += letters;
  }
  if (commit.ranges.empty()) return 0;
  TL_ASSIGN(commit.files,
            WriteDataFiles(tables_, *base.state, base.state->metadata->CurrentSchema(), batches));
  TL_ASSIGN(LoadedTable committed, CommitRanges(tables_, base, std::move(commit)));
  const std::lock_guard lock(mutex_);
  cached_ = std::move(committed);
  return letters_committed;
}

std::shared_ptr<arrow::RecordBatch> UncommittedLetters(
    const PositionSet& positions, const std::string& topic,
    const std::vector<std::pair<kafka::LogId, TailPiecePtr>>& pieces) {
  std::map<kafka::LogId, std::vector<TailPiecePtr>> by_log;
  for (const auto& [log, piece] : pieces) {
    if (!piece->dead.empty()) by_log[log].push_back(piece);
  }
  PositionSet known = positions;
  arrow::RecordBatchVector batches;
  for (const auto& [log, parts] : by_log) {
    const Position* position = known.Find(log);
    const int32_t epoch = known.EpochOf(log.cluster_id, log.topic_id);
    const LogSource source{topic, epoch, log.partition};
    if (AddLetters(parts, source, position ? position->to : 0, batches) == 0) continue;
    known.Set({log, topic, epoch, 0});
  }
  if (batches.empty()) return nullptr;
  auto joined = JoinBatches(batches);
  return joined ? *joined : nullptr;
}

}  // namespace ticklake::lake
