#include "broker/log/partition_log.h"

#include <array>
#include <limits>
#include <utility>

#include "base/log.h"
#include "base/make_dir.h"
#include "broker/log/log_format.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {
namespace {

Appended Refuse(AppendFault fault, std::string message) {
  Appended refused;
  refused.fault = fault;
  refused.message = std::move(message);
  return refused;
}

Appended RefuseStorage(const Error& cause) { return Refuse(AppendFault::kStorage, cause.message); }

AppendFault FaultOf(ProducerState::Verdict verdict) {
  return verdict == ProducerState::Verdict::kStaleEpoch ? AppendFault::kStaleEpoch
                                                        : AppendFault::kOutOfOrderSequence;
}

/// What can be said about a batch without the log. kNone when all is well.
Appended CheckBatch(std::string_view bytes, const TopicConfig& config) {
  const auto batch = kafka::FirstBatch(bytes);
  if (!batch) {
    const bool old = batch.error().code == Code::kUnsupported;
    return Refuse(old ? AppendFault::kUnsupportedFormat : AppendFault::kCorrupt,
                  batch.error().message);
  }
  if (batch->size() != bytes.size()) {
    return Refuse(AppendFault::kInvalidRecord, "more than one record batch for a partition");
  }
  if (std::cmp_greater(bytes.size(), config.max_message_bytes)) {
    return Refuse(AppendFault::kTooLarge,
                  fmt::format("a record batch of {} bytes; max.message.bytes is {}", bytes.size(),
                              config.max_message_bytes));
  }
  if (const auto checked = kafka::CheckProduced(*batch); !checked) {
    const bool invalid = checked.error().code == Code::kInvalid;
    return Refuse(invalid ? AppendFault::kInvalidRecord : AppendFault::kCorrupt,
                  checked.error().message);
  }
  if (batch->is_transactional()) {
    return Refuse(AppendFault::kInvalidRecord, "transactions are not supported");
  }
  if (batch->producer_id() >= 0 && (batch->producer_epoch() < 0 || batch->base_sequence() < 0)) {
    return Refuse(AppendFault::kInvalidRecord, "a producer id without epoch or sequence");
  }
  return {};
}

}  // namespace

PartitionLog::PartitionLog(PartitionContext context, std::string dir, TopicConfig config)
    : context_(std::move(context)),
      segment_context_{.fs = context_.fs, .clock = context_.clock, .files = context_.files},
      dir_(std::move(dir)),
      config_(config) {}

PartitionLog::~PartitionLog() { Abandon(); }

Result<std::unique_ptr<PartitionLog>> PartitionLog::Open(PartitionContext context, std::string dir,
                                                         TopicConfig config, bool read_only) {
  std::unique_ptr<PartitionLog> log(new PartitionLog(std::move(context), std::move(dir), config));
  TL_ASSIGN(RecoveredLog found,
            RecoverLog(log->segment_context_, log->dir_,
                       {.read_only = read_only, .boot_id = log->context_.boot_id}));
  log->segments_ = std::move(found.segments);
  log->producers_ = std::move(found.producers);
  log->checkpoint_ = std::move(found.checkpoint);
  log->damage_ = std::move(found.damage);
  log->read_only_ = read_only;
  log->cut_served_ = found.cut_marked;
  log->log_start_ = found.log_start;
  log->durable_end_ = log->end_ = found.end;
  if (found.wants_checkpoint && !log->damage_ && !read_only) {
    if (const auto written = log->WriteCheckpoint(); !written) {
      spdlog::warn("{}; the next start checks the log again", written.error().message);
    }
  }
  return log;
}

Appended PartitionLog::Append(std::string_view bytes) {
  const TopicConfig config = this->config();
  if (Appended checked = CheckBatch(bytes, config); checked.fault != AppendFault::kNone) {
    return checked;
  }
  const auto batch = kafka::FirstBatch(bytes);
  Appended done;
  {
    const std::lock_guard lock(append_mutex_);
    if (const auto writable = CheckWritable(); !writable) return RefuseStorage(writable.error());
    done = Store(*batch, config);
  }
  if (done.fault == AppendFault::kNone && !done.duplicate) {
    context_.request_flush(config.acks_wait_for_disk()
                               ? std::chrono::milliseconds(0)
                               : std::chrono::milliseconds(config.flush_ms));
  }
  return done;
}

Appended PartitionLog::Store(const kafka::RecordBatch& batch, const TopicConfig& config) {
  const auto judged = producers_.Judge(batch);
  Appended done;
  done.log_start = log_start();
  if (judged.verdict == ProducerState::Verdict::kDuplicate) {
    done.duplicate = true;
    done.base_offset = judged.first_copy.first_offset;
    done.end_offset = judged.first_copy.last_offset + 1;
    return done;
  }
  if (judged.verdict != ProducerState::Verdict::kAccept) {
    return Refuse(FaultOf(judged.verdict), judged.message);
  }
  const int64_t now_ms = context_.clock->NowMillis();
  done.base_offset = end();
  done.end_offset = done.base_offset + batch.record_count();
  if (config.log_append_time) done.log_append_time_ms = now_ms;
  if (const auto wrote = Write(batch, now_ms, config); !wrote) return RefuseStorage(wrote.error());
  producers_.Remember(batch, done.base_offset, now_ms);
  since_checkpoint_ += static_cast<int64_t>(batch.size());
  if (since_checkpoint_ >= kCheckpointInterval) checkpoint_due_ = true;
  return done;
}

Result<void> PartitionLog::Write(const kafka::RecordBatch& batch, int64_t now_ms,
                                 const TopicConfig& config) {
  TL_ASSIGN(const auto active, ActiveFor(batch.size(), config));
  TL_ASSIGN(const SegmentFacts facts, active->Facts());
  std::string stamped;
  std::string_view bytes = batch.bytes();
  int64_t max_timestamp = batch.max_timestamp();
  if (config.log_append_time) {
    stamped = bytes;
    kafka::StampLogAppendTime(stamped, now_ms);
    bytes = stamped;
    max_timestamp = now_ms;
  }
  // Only the part that the checksum leaves out is copied and patched.
  std::array<char, kafka::kMagicAt> head;
  bytes.copy(head.data(), head.size());
  const int64_t base = end();
  kafka::SetBaseOffset(head.data(), base);
  kafka::SetLeaderEpoch(head.data(), 0);
  const std::array<std::string_view, 2> parts = {std::string_view(head.data(), head.size()),
                                                 bytes.substr(head.size())};
  bool broken = false;
  auto wrote = active->Append(parts,
                              {.base_offset = base,
                               .next_offset = base + batch.record_count(),
                               .position = facts.size,
                               .size = bytes.size(),
                               .max_timestamp = max_timestamp},
                              now_ms, &broken);
  if (broken) {
    TurnReadOnly(wrote.error());
    MarkCut();
  }
  TL_TRY(std::move(wrote));
  const std::lock_guard lock(state_mutex_);
  end_ = base + batch.record_count();
  return {};
}

Result<std::shared_ptr<Segment>> PartitionLog::ActiveFor(size_t batch_size,
                                                         const TopicConfig& config) {
  auto active = Active();
  if (active == nullptr) return Begin();
  // Tells the next recovery that this boot wrote to the log, and not to cut what it wrote.
  if (checkpoint_.boot_id != context_.boot_id || cut_served_) TL_TRY(WriteCheckpointLocked());
  TL_ASSIGN(const SegmentFacts facts, active->Facts());
  if (facts.size == 0) return active;
  const int64_t age = context_.clock->NowMillis() - facts.first_append_ms;
  const bool full = facts.size + batch_size > static_cast<uint64_t>(config.segment_bytes) ||
                    end() - active->base_offset() > std::numeric_limits<int32_t>::max();
  if (full || age >= config.segment_ms || rolling_) return Roll();
  return active;
}

// Only writes to the page cache: many partitions may begin at once, and their flushes go on beside
// each other, but appends would wait for one after the other.
Result<std::shared_ptr<Segment>> PartitionLog::Begin() {
  FileSystem& fs = *context_.fs;
  TL_TRY(MakeDir(fs, ParentPath(dir_)));
  TL_TRY(MakeDir(fs, dir_));
  TL_ASSIGN(auto first, Segment::Create(segment_context_, dir_, end()));
  std::shared_ptr<File> written;
  if (end() == 0) {
    // Nothing is lost with it if the machine dies; if only the process does, it tells the next one
    // that this boot wrote to the log.
    Checkpoint checkpoint{.boot_id = context_.boot_id};
    TL_ASSIGN(written, fs.Open(JoinPath(dir_, kCheckpointFile), OpenMode::kTruncate));
    TL_TRY(written->Append(FormatCheckpoint(checkpoint)));
    checkpoint_ = std::move(checkpoint);
  }
  {
    const std::lock_guard lock(state_mutex_);
    segments_.push_back(first);
    first_checkpoint_ = std::move(written);
    begun_ = true;
  }
  // Its segments were taken away, but not the checkpoint that says where it goes on.
  if (end() > 0) TL_TRY(WriteCheckpointLocked());
  return first;
}

Result<std::shared_ptr<Segment>> PartitionLog::Roll() {
  // A new segment is begun only when the old one is durable, and nothing is appended to that one
  // afterwards: recovery relies on it.
  TL_TRY(FlushLocked());
  const auto old = Active();
  if (const auto saved = old->SaveIndex(); !saved) spdlog::warn("{}", saved.error().message);
  rolling_ = true;
  TL_ASSIGN(auto created, Segment::Create(segment_context_, dir_, end()));
  if (const auto named = context_.fs->SyncDir(dir_); !named) {
    (void)context_.fs->Remove(created->path());  // else it is a leftover
    return Fail(named.error());
  }
  rolling_ = false;
  old->Release();
  {
    const std::lock_guard lock(state_mutex_);
    segments_.push_back(created);
  }
  TL_TRY(WriteCheckpointLocked());
  return created;
}

void PartitionLog::SetConfig(TopicConfig config) {
  const std::lock_guard lock(state_mutex_);
  config_ = config;
}

TopicConfig PartitionLog::config() const {
  const std::lock_guard lock(state_mutex_);
  return config_;
}

std::optional<Error> PartitionLog::damage() const {
  const std::lock_guard lock(state_mutex_);
  return damage_;
}

bool PartitionLog::closed() const {
  const std::lock_guard lock(state_mutex_);
  return closed_;
}

Result<void> PartitionLog::CheckWritable() const {
  const std::lock_guard lock(state_mutex_);
  if (damage_) return Fail(*damage_);
  if (closed_) return Fail(Code::kCancelled, "{}: closed", dir_);
  if (read_only_) return Fail(Code::kUnsupported, "{}: opened for reading only", dir_);
  return {};
}

std::vector<std::shared_ptr<Segment>> PartitionLog::Segments() const {
  const std::lock_guard lock(state_mutex_);
  return segments_;
}

std::shared_ptr<Segment> PartitionLog::Active() const {
  const std::lock_guard lock(state_mutex_);
  return segments_.empty() ? nullptr : segments_.back();
}

Result<void> PartitionLog::Close() {
  Result<void> outcome;
  {
    const std::lock_guard lock(append_mutex_);
    if (CheckWritable() && Active() != nullptr && !CheckpointIsCurrent()) {
      outcome = WriteCheckpointLocked();
    }
    if (checkpoint_.cut_at || flush_failed_) MarkCut();
  }
  Abandon();
  return outcome;
}

bool PartitionLog::CheckpointIsCurrent() const {
  return checkpoint_.recovery_offset == end() && durable_end() == end() &&
         checkpoint_.log_start == log_start() && checkpoint_.boot_id == context_.boot_id &&
         !checkpoint_.cut_at && !cut_served_;
}

void PartitionLog::Abandon() {
  Waiters due;
  {
    const std::lock_guard lock(state_mutex_);
    closed_ = true;
    due.swap(waiters_);
  }
  Fire(std::move(due), Fail(Code::kCancelled, "{}: closed", dir_));
}

}  // namespace ticklake::broker
