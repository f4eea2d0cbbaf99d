// TableTail: its functions for readers and queries.
#include <algorithm>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>

#include "lake/sink/table_tail.h"

namespace ticklake::lake {
namespace {

constexpr Nanos kRetryAfter = kNanosPerSecond;

/// Values of all its columns, of lists each element's.
int64_t CountValues(const arrow::ArrayData& data) {
  if (data.child_data.empty()) return data.length;
  int64_t count = 0;
  for (const auto& child : data.child_data) count += CountValues(*child);
  return count;
}

int64_t CountValues(const arrow::RecordBatch& rows) {
  int64_t count = 0;
  for (int i = 0; i < rows.num_columns(); ++i) count += CountValues(*rows.column_data(i));
  return count;
}

/// Several pieces as one; nullptr when Arrow cannot (then they stay as they are).
TailPiecePtr Merge(const std::vector<TailPiecePtr>& pieces, const TableDecoder& decoder) {
  const auto schema = std::make_shared<const iceberg::Schema>(decoder.CurrentSchema());
  // Many empty rows under a schema that has become wide are worth more memory than fewer pieces.
  constexpr int64_t kMostValues = int64_t{4} << 20;
  int64_t values = 0;
  arrow::RecordBatchVector batches;
  DecodedChunk chunk;
  for (const TailPiecePtr& piece : pieces) {
    chunk.tombstones += piece->tombstones;
    chunk.dead.insert(chunk.dead.end(), piece->dead.begin(), piece->dead.end());
    if (!piece->rows) continue;
    auto rows = decoder.Conform(piece->rows, *schema);
    if (!rows) return nullptr;
    values += CountValues(**rows);
    if (values > kMostValues) return nullptr;
    batches.push_back(std::move(*rows));
  }
  if (!batches.empty()) {
    auto rows = arrow::ConcatenateRecordBatches(batches);
    if (!rows.ok()) return nullptr;
    chunk.rows = rows.MoveValueUnsafe();
  }
  auto merged = std::make_shared<TailPiece>(
      *MakePiece(pieces.front()->from, pieces.back()->to, std::move(chunk)));
  merged->level = pieces.back()->level + 1;
  merged->schema = schema;
  return merged;
}

}  // namespace

std::optional<LogCursor> TableTail::BeginRead(const kafka::LogId& log) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(log);
  if (found == logs_.end()) return std::nullopt;
  LogState& state = found->second;
  const bool ready = state.placed && !state.gone && !state.reading && state.error.empty();
  if (!ready || state.retry_at > clock_.Monotonic()) return std::nullopt;
  state.reading = true;
  return LogCursor{log, state.source, state.read_to, state.generation, decoder_};
}

bool TableTail::EndRead(const LogCursor& cursor, int64_t next_offset) {
  const std::lock_guard lock(mutex_);
  LogState& state = logs_.at(cursor.log);
  if (state.generation != cursor.generation) return false;
  state.reading = false;
  state.trouble.clear();
  const bool moved = next_offset > state.read_to;
  state.read_to = next_offset;
  return moved && next_offset < state.end;
}

void TableTail::EndRead(const LogCursor& cursor, const Error& error) {
  const std::lock_guard lock(mutex_);
  LogState& state = logs_.at(cursor.log);
  if (state.generation != cursor.generation) return;
  state.reading = false;
  state.trouble = error.message;
  if (error.code == Code::kNotFound) {
    state.placed = false;
  } else {
    state.retry_at = clock_.Monotonic() + kRetryAfter;
  }
}

void TableTail::Publish(const LogCursor& cursor, TailPiecePtr piece) {
  const std::lock_guard lock(mutex_);
  LogState& state = logs_.at(cursor.log);
  if (state.generation != cursor.generation) return;
  const Weighing weighing(*this, state);
  state.pending_bytes += piece->bytes;
  const int64_t from = piece->from;
  state.pending.emplace(from, std::move(piece));
  AdmitPending(state);
}

void TableTail::AdmitPending(LogState& state) {
  const bool was_empty = state.tail.to() == state.tail.from();
  while (!state.pending.empty() && state.pending.begin()->first == state.tail.to()) {
    auto first = state.pending.extract(state.pending.begin());
    state.pending_bytes -= first.mapped()->bytes;
    state.tail.Append(std::move(first.mapped()));
  }
  if (was_empty) state.since = clock_.Monotonic();
  moved_.notify_all();
}

void TableTail::MergeSmall(const kafka::LogId& log) {
  std::vector<TailPiecePtr> pieces;
  std::shared_ptr<TableDecoder> decoder;
  {
    const std::lock_guard lock(mutex_);
    pieces = logs_.at(log).tail.Mergeable();
    decoder = decoder_;
  }
  if (pieces.empty()) return;
  TailPiecePtr merged = Merge(pieces, *decoder);
  if (!merged) return;
  const std::lock_guard lock(mutex_);
  LogState& state = logs_.at(log);
  const Weighing weighing(*this, state);
  state.tail.Replace(pieces, std::move(merged));
}

void TableTail::Replace(const kafka::LogId& log, const TailPiecePtr& piece, TailPiecePtr by) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(log);
  if (found == logs_.end()) return;
  const Weighing weighing(*this, found->second);
  found->second.tail.Replace({piece}, std::move(by));
}

std::string TableTail::Lacking(const LogEnds& ends) const {
  for (const auto& [log, end] : ends) {
    const auto found = logs_.find(log);
    if (found == logs_.end()) continue;
    const LogState& state = found->second;
    if (state.gone || !state.error.empty() || (state.placed && state.tail.to() >= end)) continue;
    return fmt::format("{} is decoded up to {}, its end is {}{}{}", NameOf(log, topic_),
                       state.tail.to(), end, state.trouble.empty() ? "" : ": ", state.trouble);
  }
  return "";
}

Result<void> TableTail::WaitDecoded(const LogEnds& ends, const Patience& patience) {
  std::unique_lock lock(mutex_);
  std::string lacking;
  const bool done = moved_.wait_for(lock, patience.cancel, patience.span, [&] {
    lacking = Lacking(ends);
    return lacking.empty();
  });
  if (done) return {};
  if (patience.cancel.stop_requested()) return Fail(Code::kCancelled, "query: cancelled");
  return Fail(Code::kTimeout,
              "table '{}': the newest records were not decoded within {} ms: {}; try again, or see "
              "`ticklake status`",
              table_, patience.span.count(), lacking);
}

TailSnapshot TableTail::Snapshot() const {
  const std::lock_guard lock(mutex_);
  TailSnapshot snapshot{.table = held_, .files = files_, .decoder = decoder_};
  for (const auto& [log, state] : logs_) {
    for (const TailPiecePtr& piece : state.tail.pieces()) snapshot.pieces.emplace_back(log, piece);
    if (!state.error.empty() && snapshot.note.empty()) snapshot.note = state.error;
  }
  return snapshot;
}

bool TableTail::Decoded(const LogEnds& ends) const {
  const std::lock_guard lock(mutex_);
  return Lacking(ends).empty();
}

bool TableTail::Committed(const LogEnds& ends) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(logs_, [&](const auto& entry) {
    const auto& [log, state] = entry;
    if (state.gone || !state.error.empty()) return state.tail.from() == state.tail.to();
    const auto end = ends.find(log);
    return end == ends.end() || (state.placed && state.tail.from() >= end->second);
  });
}

std::string TableTail::Stopped() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [log, state] : logs_) {
    if (!state.error.empty()) return state.error;
  }
  return "";
}

}  // namespace ticklake::lake
