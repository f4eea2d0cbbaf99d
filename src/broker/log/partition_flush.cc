// PartitionLog: flushing, waiting for it, checkpoints, retention.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/make_dir.h"
#include "broker/log/log_format.h"
#include "broker/log/partition_log.h"

namespace ticklake::broker {
namespace {

/// When a flush is tried again that could not be begun.
constexpr std::chrono::milliseconds kFlushAgain{1000};

}  // namespace

void PartitionLog::WhenDurable(int64_t end, DurableCallback done) {
  Result<void> outcome;
  {
    const std::lock_guard lock(state_mutex_);
    if (durable_end() < end) {
      if (!closed_ && !damage_) {
        waiters_.emplace(end, std::move(done));
        return;
      }
      outcome = damage_ ? Fail(*damage_) : Fail(Code::kCancelled, "{}: closed", dir_);
    }
  }
  done(std::move(outcome));
}

void PartitionLog::WhenAcked(int64_t end, DurableCallback done) {
  if (config().acks_wait_for_disk()) return WhenDurable(end, std::move(done));
  done({});
}

Result<void> PartitionLog::Flush() {
  if (read_only_) {
    const auto active = Active();
    return active == nullptr ? Result<void>{} : SyncForReader(*active);
  }
  auto flushed = FlushActive();
  if (!flushed && flush_failed_) {
    const std::lock_guard lock(append_mutex_);
    MarkCut();
  }
  return flushed;
}

Result<void> PartitionLog::FlushLocked() {
  auto flushed = FlushActive();
  if (!flushed && flush_failed_) MarkCut();
  return flushed;
}

Result<void> PartitionLog::FlushActive() {
  Waiters due;
  {
    const std::lock_guard flush(flush_mutex_);
    std::shared_ptr<Segment> active;
    int64_t target = 0;
    bool begun = false;
    {
      const std::lock_guard lock(state_mutex_);
      if (damage_) return Fail(*damage_);
      target = end();
      begun = begun_;
      if (segments_.empty() || (target <= durable_end() && !begun)) return {};
      active = segments_.back();
    }
    // Older segments were flushed before this one was begun.
    const Nanos begin = context_.clock->Monotonic();
    Result<void> synced = begun ? FlushBeginning() : Result<void>();
    if (synced) synced = active->Sync();
    if (!synced) {
      if (closed()) return Fail(Code::kCancelled, "{}: closed", dir_);  // and maybe deleted
      if (WasNotTried(synced.error())) {
        spdlog::warn("{}; it is tried again", synced.error().message);
        context_.request_flush(kFlushAgain);
        return synced;
      }
      flush_failed_ = true;
      TurnReadOnly(synced.error());
      return synced;
    }
    CountFlush(begin);
    Settle(target, &due);
  }
  Fire(std::move(due), {});
  context_.on_change();
  return {};
}

Result<void> PartitionLog::FlushBeginning() {
  FileSystem& fs = *context_.fs;
  const std::string topic = ParentPath(dir_);
  TL_TRY(fs.SyncDir(ParentPath(topic)));
  TL_TRY(fs.SyncDir(topic));
  TL_TRY(fs.SyncDir(dir_));
  return first_checkpoint_ == nullptr ? Result<void>() : first_checkpoint_->Sync();
}

void PartitionLog::CountFlush(Nanos begin) {
  if (context_.metrics == nullptr) return;
  context_.metrics->Counter("ticklake_log_flushes_total", "fdatasync calls").Increment();
  context_.metrics->Counter("ticklake_log_flush_seconds_total", "Time in fdatasync")
      .Add(static_cast<double>(context_.clock->Monotonic() - begin) / kNanosPerSecond);
}

void PartitionLog::Settle(int64_t durable, Waiters* due) {
  const std::lock_guard lock(state_mutex_);
  begun_ = false;
  first_checkpoint_.reset();
  durable_end_ = durable;
  while (!waiters_.empty() && waiters_.begin()->first <= durable) {
    due->insert(waiters_.extract(waiters_.begin()));
  }
}

void PartitionLog::Fire(Waiters due, const Result<void>& outcome) {
  for (auto& [end, done] : due) done(outcome);
}

void PartitionLog::TurnReadOnly(const Error& cause) {
  Waiters due;
  Error error{Code::kIo, fmt::format("{}; the partition can only be read until the disk is seen to "
                                     "and Ticklake started again",
                                     cause.message)};
  {
    const std::lock_guard lock(state_mutex_);
    if (damage_) return;
    damage_ = error;
    due.swap(waiters_);
  }
  spdlog::error("{}", error.message);
  Fire(std::move(due), Fail(std::move(error)));
}

// What a process that died left in the page cache counts for readers, so it must not get lost.
Result<void> PartitionLog::SyncForReader(Segment& segment) {
  TL_ASSIGN(const auto file, segment.OpenForReading());
  return file->Sync();
}

void PartitionLog::MarkCut() {
  if (cut_marked_) return;
  checkpoint_.cut_at = durable_end();
  auto marked = context_.fs->WriteFileAtomically(JoinPath(dir_, kCheckpointFile),
                                                 FormatCheckpoint(checkpoint_));
  if (!marked) {
    spdlog::error("{}; cutting off what was not flushed instead", marked.error().message);
    // Needs no space, which may be why the flush failed and then the mark.
    marked = Active()->CutAt(durable_end());
    if (!marked) spdlog::error("{}; it is tried again", marked.error().message);
  }
  cut_marked_ = marked.has_value();
}

Result<void> PartitionLog::WriteCheckpoint() {
  const std::lock_guard lock(append_mutex_);
  TL_TRY(CheckWritable());
  return WriteCheckpointLocked();
}

Result<void> PartitionLog::WriteCheckpointLocked(int64_t log_start) {
  const auto active = Active();
  if (active == nullptr) return {};
  TL_TRY(FlushLocked());
  TL_ASSIGN(const SegmentFacts facts, active->Facts());
  if (const auto saved = active->SaveIndex(); !saved) spdlog::warn("{}", saved.error().message);
  Checkpoint checkpoint{.log_start = log_start,
                        .recovery_offset = end(),
                        .segment_base = active->base_offset(),
                        .position = facts.size,
                        .cut_at = std::nullopt,
                        .boot_id = context_.boot_id,
                        .producers = producers_};
  TL_TRY(context_.fs->WriteFileAtomically(JoinPath(dir_, kCheckpointFile),
                                          FormatCheckpoint(checkpoint)));
  checkpoint_ = std::move(checkpoint);
  cut_served_ = false;
  since_checkpoint_ = 0;
  checkpoint_due_ = false;
  return {};
}

Result<int64_t> PartitionLog::TruncateBefore(int64_t offset) {
  const std::lock_guard lock(append_mutex_);
  TL_TRY(CheckWritable());
  return TruncateBeforeLocked(offset);
}

Result<int64_t> PartitionLog::TruncateBeforeLocked(int64_t offset) {
  offset = std::min(offset, durable_end());
  if (offset <= log_start()) return log_start();
  // The new start is durable before anybody sees it, and before a file goes.
  TL_TRY(WriteCheckpointLocked(offset));
  std::vector<std::shared_ptr<Segment>> dropped;
  {
    const std::lock_guard lock(state_mutex_);
    log_start_ = offset;
    while (segments_.size() > 1 && segments_[1]->base_offset() <= offset) {
      dropped.push_back(segments_.front());
      segments_.erase(segments_.begin());
    }
  }
  for (const auto& segment : dropped) {
    if (const auto removed = segment->Remove(); !removed) {
      spdlog::warn("{}; it is tried again at the next start", removed.error().message);
    }
  }
  context_.on_change();
  return offset;
}

bool PartitionLog::JudgesByAge(const TopicConfig& config) const {
  if (config.retention_ms < 0 || context_.wall == nullptr) return false;
  const Nanos retention = config.retention_ms > JumpWatch::kPatience / kNanosPerMilli
                              ? JumpWatch::kPatience
                              : config.retention_ms * kNanosPerMilli;
  return context_.wall->Steady(retention);
}

Result<int64_t> PartitionLog::ExpiredBefore(const TopicConfig& config) {
  const auto segments = Segments();
  uint64_t total = 0;
  std::vector<SegmentFacts> facts;
  for (const auto& segment : segments) {
    TL_ASSIGN(facts.emplace_back(), segment->Facts());
    total += facts.back().size;
  }
  const bool by_age = JudgesByAge(config);
  const int64_t now_ms = context_.clock->NowMillis();
  int64_t last_append_ms = 0;  // of this segment or an older one, whichever states a later time
  int64_t before = log_start();
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    last_append_ms = std::max(last_append_ms, facts[i].last_append_ms);
    const bool old = by_age && now_ms - last_append_ms > config.retention_ms;
    const bool big = config.retention_bytes >= 0 &&
                     total - facts[i].size >= static_cast<uint64_t>(config.retention_bytes);
    if (!old && !big) break;
    total -= facts[i].size;
    before = std::max(before, segments[i + 1]->base_offset());
  }
  return before;
}

Result<void> PartitionLog::ApplyRetention() {
  const std::lock_guard lock(append_mutex_);
  const auto active = Active();
  if (!CheckWritable() || active == nullptr) return {};
  const TopicConfig config = this->config();
  if (JudgesByAge(config)) {
    const int64_t now_ms = context_.clock->NowMillis();
    for (const auto& segment : Segments()) TL_TRY(segment->NotAfter(now_ms));
    TL_ASSIGN(const SegmentFacts facts, active->Facts());
    const int64_t idle = now_ms - facts.last_append_ms;
    if (facts.size > 0 && idle > config.retention_ms) TL_TRY(Roll());
  }
  TL_ASSIGN(const int64_t before, ExpiredBefore(config));
  TL_TRY(TruncateBeforeLocked(before));
  return {};
}

void PartitionLog::Tidy() {
  const std::lock_guard lock(append_mutex_);
  const int64_t now_ms = context_.clock->NowMillis();
  if (context_.wall != nullptr && context_.wall->Steady()) {
    producers_.Expire(now_ms, kProducerExpirationMs);
  }
  if (flush_failed_) MarkCut();  // if the disk did not let it before
  const auto active = Active();
  if (active == nullptr) return;
  constexpr int64_t kIdleMs = 30'000;
  const auto facts = active->Facts();
  if (facts && now_ms - facts->last_append_ms > kIdleMs) active->Release();
}

uint64_t PartitionLog::size_bytes() const {
  uint64_t total = 0;
  for (const auto& segment : Segments()) {
    if (const auto facts = segment->Facts(); facts) total += facts->size;
  }
  return total;
}

}  // namespace ticklake::broker
