#include "lake/sink/table_tail.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace ticklake::lake {

TableTail::TableTail(const TableTailParts& parts, std::string table, std::string topic)
    : clock_(*parts.clock),
      budget_(*parts.budget),
      table_(std::move(table)),
      topic_(std::move(topic)),
      decoder_(MakeDecoder(topic_, nullptr)) {}

TableTail::~TableTail() { budget_.Hold(-size_.bytes); }

LoadedTable TableTail::table_version() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

Result<void> TableTail::Adopt(LoadedTable fresh, Files files) {
  const std::lock_guard lock(mutex_);
  if (fresh.state && fresh.topic != topic_) {
    return Fail(Code::kConflict,
                "table '{}': it holds topic '{}', not '{}'; drop or rename it, or restart the sink "
                "so that the topic gets another name",
                table_, fresh.topic, topic_);
  }
  const bool same_table = held_.state && fresh.state &&
                          held_.state->metadata->table_uuid == fresh.state->metadata->table_uuid;
  if (same_table && fresh.state->entry.version < held_.state->entry.version) return {};
  const bool replaced = held_.state && !same_table;
  if (replaced) decoder_ = MakeDecoder(topic_, nullptr);
  if (fresh.state) {
    const iceberg::Schema& schema = fresh.state->metadata->CurrentSchema();
    if (!same_table || !schema.SameFields(held_.state->metadata->CurrentSchema())) {
      TL_TRY(decoder_->Freeze(schema));
    }
  }
  if (!same_table || fresh.state->entry.version != held_.state->entry.version) files_ = nullptr;
  if (files) files_ = std::move(files);
  held_ = std::move(fresh);
  for (auto& [log, state] : logs_) {
    const Weighing weighing(*this, state);
    if (replaced) {
      const Position* position = held_.positions.Find(log);
      Reset(state, position ? std::optional(position->to) : std::nullopt);
    }
    Reconcile(log, state);
  }
  moved_.notify_all();
  return {};
}

void TableTail::Reconcile(const kafka::LogId& log, LogState& state) {
  const Position* position = held_.positions.Find(log);
  const int32_t epoch = epochs_.Of(held_.positions, log.cluster_id, log.topic_id);
  const auto recorded = position ? std::optional(position->to) : std::nullopt;
  const bool forgotten = state.recorded && !recorded;  // rolled back to before the log came
  if (epoch != state.source.epoch || forgotten) {
    state.source.epoch = epoch;
    Reset(state, recorded);
    return;
  }
  if (!recorded) return;
  if (!state.recorded && !state.placed && state.tail.pieces().empty()) {
    Reset(state, recorded);
    return;
  }
  state.recorded = true;
  switch (Compare(state.tail.from(), state.tail.to(), *recorded)) {
    case Standing::kExact: return;
    case Standing::kCovered:
      state.since = clock_.Monotonic();
      return state.tail.DropBelow(*recorded);
    case Standing::kReset: return Reset(state, recorded);
  }
}

void TableTail::Reset(LogState& state, std::optional<int64_t> position) {
  ++state.generation;
  state.tail.Reset(position.value_or(0));
  state.pending.clear();
  state.pending_bytes = 0;
  state.read_to = position.value_or(0);
  state.recorded = position.has_value();
  state.placed = false;
  state.reading = false;
  state.error.clear();
}

void TableTail::GiveBack(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  const int64_t share = bytes / std::max<int64_t>(1, std::ssize(logs_));
  for (auto& [log, state] : logs_) {
    if (state.gone || !state.error.empty()) continue;
    const Weighing weighing(*this, state);
    ++state.generation;
    state.tail.DropNewest(share);
    state.pending.clear();
    state.pending_bytes = 0;
    state.read_to = state.tail.to();
    state.reading = false;
  }
}

void TableTail::SetFiles(const TableState& state, Files files) {
  const std::lock_guard lock(mutex_);
  if (held_.state && held_.state->entry.version == state.entry.version &&
      held_.state->metadata->table_uuid == state.metadata->table_uuid) {
    files_ = std::move(files);
  }
}

void TableTail::SetIncarnation(const std::string& cluster_id,
                               const std::optional<kafka::TopicInfo>& now) {
  const std::lock_guard lock(mutex_);
  for (auto& [log, state] : logs_) {
    const bool ours = log.cluster_id == cluster_id;
    if (ours) state.gone = !now || log.topic_id != now->topic_id;
  }
  for (int32_t partition = 0; now && partition < now->partitions; ++partition) {
    const kafka::LogId log{cluster_id, now->topic_id, partition};
    const auto [it, added] = logs_.try_emplace(log);
    if (!added) continue;
    LogState& state = it->second;
    state.source.topic = topic_;
    state.source.partition = partition;
    state.source.epoch = epochs_.Of(held_.positions, cluster_id, now->topic_id);
    Reconcile(log, state);
    moved_.notify_all();
  }
  if (!now) moved_.notify_all();
}

std::vector<kafka::LogId> TableTail::LiveLogs() const {
  const std::lock_guard lock(mutex_);
  std::vector<kafka::LogId> logs;
  for (const auto& [log, state] : logs_) {
    if (!state.gone && state.error.empty()) logs.push_back(log);
  }
  return logs;
}

bool TableTail::Observe(const kafka::LogId& log, const kafka::LogBounds& bounds, OnGap on_gap) {
  const std::lock_guard lock(mutex_);
  const auto found = logs_.find(log);
  if (found == logs_.end() || found->second.gone) return false;
  LogState& state = found->second;
  state.end = bounds.last_stable;
  if (!state.placed && state.error.empty() && !state.reading) {
    const Weighing weighing(*this, state);
    PlaceAt(log, state, bounds, on_gap);
  }
  return state.placed && state.error.empty() && state.end > state.read_to;
}

void TableTail::PlaceAt(const kafka::LogId& log, LogState& state, const kafka::LogBounds& bounds,
                        OnGap on_gap) {
  const bool fresh = !state.recorded && state.tail.pieces().empty() && state.pending.empty();
  if (fresh) {
    Reset(state, bounds.log_start);
    state.recorded = false;
  }
  if (state.read_to > bounds.durable_end) {
    state.error = fmt::format(
        "{}: the table '{}' stands at {}, but the log ends at {}; the log lost records that are "
        "committed: restore it, or delete the topic and create it again",
        NameOf(log, topic_), table_, state.read_to, bounds.durable_end);
  } else if (state.read_to < bounds.log_start && on_gap == OnGap::kStop) {
    state.error = fmt::format(
        "{}: the table '{}' stands at {}, but retention deleted everything below {}; start with "
        "--on-gap=record to note the hole and go on",
        NameOf(log, topic_), table_, state.read_to, bounds.log_start);
  } else {
    if (state.read_to < bounds.log_start) {
      spdlog::warn(
          "{}: offsets {} to {} were deleted before they could be read; recorded as a hole",
          NameOf(log, topic_), state.read_to, bounds.log_start - 1);
      TailPiecePtr hole = MakeLostPiece(state.read_to, bounds.log_start);
      state.pending_bytes += hole->bytes;
      state.pending.emplace(state.read_to, std::move(hole));
      state.read_to = bounds.log_start;
      AdmitPending(state);
    }
    state.placed = true;
  }
  if (!state.error.empty()) spdlog::error("{}", state.error);
  moved_.notify_all();
}

void TableTail::MarkGone(const kafka::LogId& log) {
  const std::lock_guard lock(mutex_);
  if (const auto found = logs_.find(log); found != logs_.end()) found->second.gone = true;
  moved_.notify_all();
}

void TableTail::StopLog(const kafka::LogId& log, std::string error) {
  const std::lock_guard lock(mutex_);
  spdlog::error("{}", error);
  if (const auto found = logs_.find(log); found != logs_.end()) {
    found->second.error = std::move(error);
  }
  moved_.notify_all();
}

std::optional<CutLog> TableTail::CutOf(const kafka::LogId& log, const LogState& state) const {
  const LogTail& tail = state.tail;
  if (tail.to() == tail.from()) return std::nullopt;
  CutLog cut{.log = log,
             .source = state.source,
             .generation = state.generation,
             .from = tail.from(),
             .to = tail.to(),
             .dead_to = tail.to()};
  for (const TailPiecePtr& piece : tail.pieces()) {
    cut.pieces.push_back(piece);
    if (!piece->lost) continue;
    cut.to = piece->to;
    cut.dead_to = piece->from;
    break;
  }
  return cut;
}

std::vector<CutLog> TableTail::OpenFirst(const PositionSet& positions, std::vector<CutLog> logs) {
  std::vector<CutLog> opening;
  for (const CutLog& cut : logs) {
    const bool dead =
        std::ranges::any_of(cut.pieces, [](const auto& piece) { return !piece->dead.empty(); });
    if (!dead || positions.Find(cut.log) != nullptr) continue;
    CutLog open = cut;
    open.to = open.dead_to = open.from;
    open.pieces.clear();
    opening.push_back(std::move(open));
  }
  return opening.empty() ? std::move(logs) : std::move(opening);
}

Cut TableTail::TakeCut() const {
  const std::lock_guard lock(mutex_);
  Cut cut{.base = held_, .decoder = decoder_};
  for (const auto& [log, state] : logs_) {
    if (auto part = CutOf(log, state)) cut.logs.push_back(std::move(*part));
  }
  cut.logs = OpenFirst(held_.positions, std::move(cut.logs));
  cut.partial = std::ranges::any_of(
      cut.logs, [&](const CutLog& part) { return part.to != logs_.at(part.log).tail.to(); });
  for (const CutLog& part : cut.logs) {
    for (const TailPiecePtr& piece : part.pieces) {
      cut.rows += piece->row_count();
      cut.dead += std::ssize(piece->dead);
    }
  }
  return cut;
}

bool TableTail::Renew(Cut& cut) const {
  const std::lock_guard lock(mutex_);
  for (const CutLog& part : cut.logs) {
    const auto found = logs_.find(part.log);
    if (found == logs_.end() || found->second.generation != part.generation ||
        found->second.tail.from() != part.from) {
      return false;
    }
  }
  cut.base = held_;
  return true;
}

TailSize TableTail::Size() const {
  const std::lock_guard lock(mutex_);
  TailSize size = size_;
  for (const auto& [log, state] : logs_) {
    if (state.tail.to() == state.tail.from()) continue;
    size.since = size.pending ? std::min(size.since, state.since) : state.since;
    size.pending = true;
  }
  return size;
}

std::vector<LogStatus> TableTail::Status() const {
  const std::lock_guard lock(mutex_);
  std::vector<LogStatus> status;
  for (const auto& [log, state] : logs_) {
    const bool known = state.placed || state.recorded;
    status.push_back({.log = log,
                      .topic = topic_,
                      .epoch = state.source.epoch,
                      .committed = known ? state.tail.from() : 0,
                      .decoded = known ? state.tail.to() : 0,
                      .end = state.gone ? state.tail.to() : state.end,
                      .error = state.error.empty() ? state.trouble : state.error});
  }
  return status;
}

}  // namespace ticklake::lake
