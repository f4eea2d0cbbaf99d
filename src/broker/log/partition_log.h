// PartitionLog: the durable log of one partition, batches stored as they came.
//
// Made by TopicStore. Format and rules: docs/log-format.md.
// Threading: safe from any thread. Appends of one partition are serialised; reads run beside them
// and beside each other.
// Invariants: offsets are dense; log_start <= durable_end <= end; what is below durable_end
// survives any crash; nothing at or above durable_end is ever read. After a failed flush, or with
// damage found at recovery, the partition only reads.
// Does not: know topics' names, wait (callers pass callbacks), or follow transactions:
// transactional batches are refused.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_range.h"
#include "base/fs.h"
#include "base/jump_watch.h"
#include "base/metrics.h"
#include "broker/log/append.h"
#include "broker/log/open_files.h"
#include "broker/log/producer_state.h"
#include "broker/log/recovery.h"
#include "broker/log/segment.h"
#include "broker/log/topic_config.h"

namespace ticklake::broker {

/// Whole batches as stored, one after the other.
struct RawBatches {
  std::string_view bytes;             ///< these, or `range`; neither: nothing at this offset yet
  int64_t next_offset = 0;            ///< one past their last record, or the offset asked for
  std::shared_ptr<const void> owner;  ///< keeps `bytes` alive
  FileRange range{};                  ///< where they lie, instead of `bytes`

  size_t size() const { return bytes.size() + static_cast<size_t>(range.size); }
};

struct TimestampOffset {
  int64_t offset = -1;
  int64_t timestamp_ms = -1;
};

/// What a PartitionLog needs from its store; all outlive it.
struct PartitionContext {
  FileSystem* fs = nullptr;
  const Clock* clock = nullptr;
  JumpWatch* wall = nullptr;  ///< null: nothing is judged by its age
  OpenFiles* files = nullptr;
  std::string boot_id;         ///< as RecoveryOptions
  Metrics* metrics = nullptr;  ///< may be null
  /// Asks for Flush() from another thread, after `delay`.
  std::function<void(std::chrono::milliseconds delay)> request_flush;
  /// durable_end or log_start moved; called without locks held.
  std::function<void()> on_change;
};

class PartitionLog {
 public:
  /// Opens what is in `dir` (a missing directory is an empty log) and recovers it. `dir` and its
  /// parent are made with the first append and durable with the first flush; the parent's parent
  /// is there, durably.
  /// Damage does not fail the opening: see damage().
  static Result<std::unique_ptr<PartitionLog>> Open(PartitionContext context, std::string dir,
                                                    TopicConfig config, bool read_only = false);
  ~PartitionLog();

  /// Stores exactly one batch, checked as CheckProduced (kafka/record_batch.h) and by the
  /// producer's sequence. It is readable once it is durable.
  Appended Append(std::string_view batch);

  /// Calls `done` when everything below `end` is durable.
  void WhenDurable(int64_t end, DurableCallback done);
  /// As WhenDurable where acks wait for the disk (flush.messages=1); else at once.
  void WhenAcked(int64_t end, DurableCallback done);
  /// Flushes now, in the caller's thread, everything appended before the call. After a failure
  /// the partition only reads: a failed flush is never retried.
  Result<void> Flush();

  int64_t log_start() const { return log_start_.load(std::memory_order_acquire); }
  /// The high watermark, and last stable offset.
  int64_t durable_end() const { return durable_end_.load(std::memory_order_acquire); }
  /// One past the last appended record, durable or not.
  int64_t end() const { return end_.load(std::memory_order_acquire); }
  /// Bytes of all segments.
  uint64_t size_bytes() const;

  /// Batches from the one that holds `offset` on, about max_bytes, at least one if there is any
  /// below durable_end. Bytes are not checked (clients check the CRC), headers are. From `large`
  /// bytes on, where the file has a descriptor, only their place is given.
  /// kNotFound: offset < log_start or > durable_end. kCorrupt names file and offset.
  Result<RawBatches> Read(int64_t offset, size_t max_bytes, size_t large = SIZE_MAX) const;
  /// Where to go on when the batch at `offset` is damaged; at most durable_end.
  Result<int64_t> NextBatchOffset(int64_t offset) const;
  /// The first record with a timestamp >= the given one, durable ones only; nullopt if none.
  Result<std::optional<TimestampOffset>> FindTimestamp(int64_t timestamp_ms) const;
  /// The record with the largest timestamp (ListOffsets -3); nullopt for an empty log.
  Result<std::optional<TimestampOffset>> FindMaxTimestamp() const;

  /// Moves log_start up to `offset` (at most durable_end), durably, and drops segments wholly
  /// below it. Returns the new log_start.
  Result<int64_t> TruncateBefore(int64_t offset);
  /// Drops what retention.ms and retention.bytes allow; rolls an expired active segment.
  Result<void> ApplyRetention();
  /// Makes a start after a crash quick: everything durable now will not be scanned again.
  Result<void> WriteCheckpoint();
  /// Closes files and forgets producers that were not used lately.
  void Tidy();
  void SetConfig(TopicConfig config);
  TopicConfig config() const;

  /// Flushes, writes a checkpoint and refuses everything afterwards.
  Result<void> Close();
  /// For deletion: refuses everything afterwards, without touching the files.
  void Abandon();

  /// Why the partition only reads; nullopt when it is healthy.
  std::optional<Error> damage() const;
  bool has_unflushed() const { return end() > durable_end(); }
  /// Enough was appended since the last checkpoint that another is worth its two flushes.
  bool checkpoint_due() const { return checkpoint_due_.load(std::memory_order_relaxed); }

 private:
  using Waiters = std::multimap<int64_t, DurableCallback>;

  PartitionLog(PartitionContext context, std::string dir, TopicConfig config);

  // Appending; append_mutex_ is held.
  Appended Store(const kafka::RecordBatch& batch, const TopicConfig& config);
  Result<std::shared_ptr<Segment>> ActiveFor(size_t batch_size, const TopicConfig& config);
  Result<std::shared_ptr<Segment>> Begin();
  Result<std::shared_ptr<Segment>> Roll();
  Result<void> Write(const kafka::RecordBatch& batch, int64_t now_ms, const TopicConfig& config);

  // Flushing and keeping.
  Result<void> FlushActive();
  /// What Begin left in the page cache: the checkpoint, and the names of all that is new.
  Result<void> FlushBeginning();
  /// As FlushActive; append_mutex_ is held. A failure is noted on the disk.
  Result<void> FlushLocked();
  Result<void> WriteCheckpointLocked() { return WriteCheckpointLocked(log_start()); }
  Result<void> WriteCheckpointLocked(int64_t log_start);
  /// Nothing has happened since the checkpoint on disk.
  bool CheckpointIsCurrent() const;
  /// Sees to it that the next start, of this boot, does not take unflushed bytes for durable ones.
  void MarkCut();
  Result<int64_t> TruncateBeforeLocked(int64_t offset);
  /// False while the wall clock is not to be trusted with ages (JumpWatch).
  bool JudgesByAge(const TopicConfig& config) const;
  Result<int64_t> ExpiredBefore(const TopicConfig& config);
  void TurnReadOnly(const Error& cause);
  void Settle(int64_t durable, Waiters* due);
  void CountFlush(Nanos begin);
  static void Fire(Waiters due, const Result<void>& outcome);
  bool closed() const;

  // Looking up; state_mutex_ is taken.
  Result<void> CheckWritable() const;
  Result<void> CheckBounds(int64_t offset) const;
  std::vector<std::shared_ptr<Segment>> Segments() const;
  std::shared_ptr<Segment> SegmentOf(int64_t offset) const;
  std::shared_ptr<Segment> Active() const;
  static Result<void> SyncForReader(Segment& segment);
  Error Lost(const Error& cause, int64_t offset) const;
  Result<int64_t> MaxDurableTimestamp(Segment& segment) const;
  Result<std::optional<TimestampOffset>> FindIn(Segment& segment, int64_t timestamp_ms) const;

  const PartitionContext context_;
  const SegmentContext segment_context_;
  const std::string dir_;

  /// Serialises appends, rolls, truncation, checkpoints; held during writes. Taken first.
  std::mutex append_mutex_;
  ProducerState producers_;       // append_mutex_
  Checkpoint checkpoint_;         // append_mutex_: as on disk, without producers
  bool cut_marked_ = false;       // append_mutex_: the next start cuts at durable_end
  bool cut_served_ = false;       // append_mutex_: one is on disk that must go before an append
  bool rolling_ = false;          // append_mutex_: the next segment may have a name already
  int64_t since_checkpoint_ = 0;  // append_mutex_: bytes appended since

  /// Serialises flushes; held during them. Taken after append_mutex_.
  std::mutex flush_mutex_;

  /// Guards what readers look up; never held during I/O. Taken last.
  mutable std::mutex state_mutex_;
  std::vector<std::shared_ptr<Segment>> segments_;  // by base offset; the last is active
  Waiters waiters_;                                 // by the offset they wait for
  TopicConfig config_;
  std::optional<Error> damage_;
  bool begun_ = false;                      // the next flush is the first: FlushBeginning
  std::shared_ptr<File> first_checkpoint_;  // until then
  bool closed_ = false;
  bool read_only_ = false;

  std::atomic<int64_t> log_start_ = 0;
  std::atomic<int64_t> durable_end_ = 0;
  std::atomic<int64_t> end_ = 0;
  std::atomic<bool> checkpoint_due_ = false;
  std::atomic<bool> flush_failed_ = false;  ///< what is beyond durable_end must be cut off
};

}  // namespace ticklake::broker
