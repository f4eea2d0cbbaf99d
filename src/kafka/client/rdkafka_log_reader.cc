#include "kafka/client/rdkafka_log_reader.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/client/bulk_fetch.h"
#include "kafka/client/log_cursor.h"
#include "kafka/client/rdkafka_admin.h"
#include "kafka/client/topic_leader.h"

namespace ticklake::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{2};  // for records, before the broker is asked for the end
constexpr milliseconds kLookForTopics{1'000};  // how often WaitForChange does
constexpr milliseconds kUnreadLogs{250};       // logs without a cursor may have grown unseen
constexpr milliseconds kRetryAfter{50};
constexpr Nanos kIdleCursor = 60 * kNanosPerSecond;
constexpr Nanos kNoBulkFor = 10 * kNanosPerSecond;  // after one failed

RdKafkaHandle::Properties PropertiesFor(const RdKafkaLogReaderOptions& o) {
  return {
      {"isolation.level", "read_committed"},
      {"enable.partition.eof", "true"},
      {"enable.auto.commit", "false"},
      {"allow.auto.create.topics", "false"},
      {"check.crcs", "true"},
      // The end-of-log event comes with the answer to an idle fetch.
      {"fetch.wait.max.ms", "50"},
      {"fetch.queue.backoff.ms", "5"},
      {"fetch.error.backoff.ms", "100"},
      {"fetch.message.max.bytes", "4194304"},
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", std::to_string(std::max<size_t>(1, o.prefetch_bytes >> 10))},
  };
}

// Whether an error about a log that exists may be gone in a moment.
bool MayPass(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kNotFound ||
         error.code == Code::kIo;
}

bool IsInternal(std::string_view topic) { return topic.starts_with("__"); }

RecordChunk EmptyChunk(int64_t offset) {
  RecordChunk chunk;
  chunk.next_offset = offset;
  return chunk;
}

class RdKafkaLogReader final : public LogReader {
 public:
  RdKafkaLogReader(std::shared_ptr<RdKafkaHandle> fetcher, std::shared_ptr<RdKafkaHandle> control,
                   bool in_bulk)
      : fetcher_(std::move(fetcher)),
        control_(std::move(control)),
        in_bulk_(in_bulk && control_->options().properties.empty()),
        sockets_(control_->options().timeout),
        bell_(std::make_shared<ChangeBell>()) {}

  Result<std::string> ClusterId() override {
    const std::lock_guard lock(mutex_);
    if (!cluster_id_.empty()) return cluster_id_;
    char* id = rd_kafka_clusterid(control_->get(), control_->timeout_ms());
    if (id == nullptr) return Fail(control_->ErrorFor(RD_KAFKA_RESP_ERR__TIMED_OUT, "cluster id"));
    cluster_id_ = id;
    rd_kafka_mem_free(control_->get(), id);
    return cluster_id_;
  }

  Result<std::vector<TopicInfo>> Topics() override {
    TL_ASSIGN(const auto names, TopicNames());
    std::vector<TopicInfo> topics;
    if (names.empty()) return topics;
    std::vector<std::string> just_names;
    for (const auto& [name, partitions] : names) just_names.push_back(name);
    TL_ASSIGN(const auto described, DescribeTopicsCall(*control_, just_names).Wait());
    const std::lock_guard lock(mutex_);
    for (const TopicDescription& topic : described) {
      if (topic.internal) continue;
      names_[topic.id] = topic.name;
      topics.push_back({topic.name, topic.id, topic.partitions});
    }
    std::ranges::sort(topics, {}, &TopicInfo::name);
    return topics;
  }

  Result<LogBounds> Bounds(const LogId& log) override {
    TL_ASSIGN(const std::string topic, TopicName(log));
    for (const Nanos end = Deadline();;) {
      const auto bounds = AskBounds(topic, log.partition);
      TL_TRY(DescribeAndCheck(log, topic));  // knows better than ListOffsets what is missing
      // The log exists. Its leader may just have been chosen and not know it yet.
      if (bounds || !MayPass(bounds.error()) || Over(end)) return bounds;
      SystemClock().SleepFor(kRetryAfter);
    }
  }

  Result<RecordChunk> Read(const LogId& log, int64_t offset, size_t max_bytes) override {
    const std::shared_ptr<Slot> slot = SlotOf(log);
    const std::lock_guard lock(slot->mutex);
    slot->last_read = SystemClock().Monotonic();
    if (auto chunk = ReadInBulk(*slot, log, offset, max_bytes)) return *std::move(chunk);
    auto chunk = ReadIn(*slot, log, offset, max_bytes);
    if (!chunk) slot->cursor.reset();  // start afresh next time
    return chunk;
  }

  // librdkafka does not tell where a damaged batch ends, but a fetch from anywhere inside it
  // meets the same batch again: so the end is found by halving.
  Result<int64_t> NextBatchOffset(const LogId& log, int64_t offset) override {
    const std::shared_ptr<Slot> slot = SlotOf(log);
    const std::lock_guard lock(slot->mutex);
    TL_ASSIGN(const LogBounds bounds, Bounds(log));
    TL_ASSIGN(const int64_t damaged, DamagedBatchAt(*slot, log, offset));
    if (damaged < 0) {
      return Fail(Code::kInvalid, "{} [{}] at offset {}: no damaged batch there; read it again",
                  slot->topic, log.partition, offset);
    }
    int64_t inside = offset;
    int64_t outside = bounds.durable_end;
    for (int64_t step = 1; inside + 1 < outside; step *= 2) {
      // Strides that double find an upper bound near by, then the stretch left is halved.
      const int64_t probe = std::min(inside + step, inside + (outside - inside) / 2);
      TL_ASSIGN(const int64_t there, DamagedBatchAt(*slot, log, probe));
      (there == damaged ? inside : outside) = probe;
    }
    return outside;
  }

  Result<void> EnsureDurable(const LogId&, int64_t) override { return {}; }

  uint64_t WaitForChange(uint64_t ticket, milliseconds timeout) override {
    const Nanos end = SystemClock().Monotonic() + std::chrono::nanoseconds(timeout).count();
    LetIdleCursorsGo();
    LookForTopics();
    const auto left = std::max<Nanos>(0, end - SystemClock().Monotonic());
    return bell_->Wait(ticket, std::min(milliseconds(left / kNanosPerMilli), kUnreadLogs));
  }

 private:
  // The cursor of one log, made at its first Read.
  struct Slot {
    std::mutex mutex;
    std::unique_ptr<LogCursor> cursor;
    std::unique_ptr<BulkFetch> bulk;  // instead of the cursor
    std::optional<net::HostPort> leader;
    Nanos no_bulk_before = 0;
    std::string topic;
    std::atomic<Nanos> last_read = SystemClock().Monotonic();
  };
  using Names = std::map<std::string, int32_t>;  // topic → partitions

  Result<Names> TopicNames() {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto err = control_->Metadata(true, nullptr, &raw);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(control_->ErrorFor(err, "list of topics"));
    const std::unique_ptr<const rd_kafka_metadata_t, Free<&rd_kafka_metadata_destroy>> owner(raw);
    Names names;
    for (int i = 0; i < raw->topic_cnt; ++i) {
      if (!IsInternal(raw->topics[i].topic)) {
        names[raw->topics[i].topic] = raw->topics[i].partition_cnt;
      }
    }
    return names;
  }

  Nanos Deadline() const {
    return SystemClock().Monotonic() +
           std::chrono::nanoseconds(control_->options().timeout).count();
  }

  bool Over(Nanos deadline) const {
    return control_->cancelled() || SystemClock().Monotonic() > deadline;
  }

  Result<LogBounds> AskBounds(const std::string& topic, int32_t partition) {
    ListOffsetCall::Target target{topic, partition, RD_KAFKA_OFFSET_SPEC_EARLIEST,
                                  RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED};
    ListOffsetCall start(*control_, target);
    target.spec = RD_KAFKA_OFFSET_SPEC_LATEST;
    ListOffsetCall end(*control_, target);
    target.isolation = RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
    ListOffsetCall stable(*control_, target);
    LogBounds bounds;
    TL_ASSIGN(bounds.log_start, start.Wait());
    TL_ASSIGN(bounds.durable_end, end.Wait());
    TL_ASSIGN(bounds.last_stable, stable.Wait());
    // The three were asked one by one, while the log may have moved on.
    bounds.durable_end = std::max(bounds.durable_end, bounds.last_stable);
    bounds.log_start = std::min(bounds.log_start, bounds.last_stable);
    return bounds;
  }

  Result<std::string> TopicName(const LogId& log) {
    TL_ASSIGN(const std::string cluster, ClusterId());
    if (log.cluster_id != cluster) {
      return Fail(Code::kNotFound, "topic with id {}: is in cluster {}, and {} is cluster {}",
                  log.topic_id.ToString(), log.cluster_id, control_->options().bootstrap, cluster);
    }
    for (const bool refreshed : {false, true}) {
      if (refreshed) TL_TRY(Topics());
      const std::lock_guard lock(mutex_);
      if (const auto found = names_.find(log.topic_id); found != names_.end()) {
        return found->second;
      }
    }
    return Fail(Code::kNotFound, "topic with id {}: does not exist (any more) on {}",
                log.topic_id.ToString(), control_->options().bootstrap);
  }

  Result<void> DescribeAndCheck(const LogId& log, const std::string& topic) {
    return Check(log, topic, DescribeTopicsCall(*control_, {topic}).Wait());
  }

  Result<void> Check(const LogId& log, const std::string& topic,
                     const Result<std::vector<TopicDescription>>& now) {
    if (!now) return Fail(now.error());
    if (!now->empty() && now->front().id == log.topic_id) {
      if (log.partition >= 0 && log.partition < now->front().partitions) return {};
      return Fail(Code::kNotFound, "topic '{}': partition {} does not exist; it has {}", topic,
                  log.partition, now->front().partitions);
    }
    const std::lock_guard lock(mutex_);
    names_.erase(log.topic_id);
    return Fail(Code::kNotFound, "topic '{}' with id {}: was deleted{}", topic,
                log.topic_id.ToString(), now->empty() ? "" : " and made anew");
  }

  std::shared_ptr<Slot> SlotOf(const LogId& log) {
    const std::lock_guard lock(mutex_);
    auto& slot = slots_[log];
    if (slot == nullptr) slot = std::make_shared<Slot>();
    return slot;
  }

  Result<RecordChunk> ReadIn(Slot& slot, const LogId& log, int64_t offset, size_t max_bytes) {
    TL_TRY(PutCursorAt(slot, log, offset));
    const Nanos end = Deadline();
    for (milliseconds wait = kFirstWait;; wait = milliseconds(500)) {
      const auto messages = slot.cursor->Take(max_bytes, wait);
      if (!messages && !MayPass(messages.error())) return Fail(messages.error());
      if (messages && *messages != nullptr) {
        // Asked after the records came: what the answer confirms includes them.
        DescribeTopicsCall incarnation(*control_, {slot.topic});
        RecordChunk chunk = slot.cursor->MakeChunk(*messages);
        TL_TRY(Check(log, slot.topic, incarnation.Wait()));
        return chunk;
      }
      TL_ASSIGN(const LogBounds bounds, Bounds(log));
      if (offset < bounds.log_start || offset > bounds.durable_end) {
        return Fail(Code::kNotFound, "{} [{}]: offset {} is outside the log, which has {} to {}",
                    slot.topic, log.partition, offset, bounds.log_start, bounds.durable_end);
      }
      if (!messages) {
        // The log has the offset, so what the fetch met will pass: a new leader, most likely.
        if (Over(end)) return Fail(messages.error());
        SystemClock().SleepFor(kRetryAfter);
        slot.cursor.reset();
        TL_TRY(PutCursorAt(slot, log, offset));
      }
      if (offset >= bounds.last_stable) return EmptyChunk(offset);
      if (Over(end)) {
        return Fail(Code::kUnavailable, "{} [{}] at offset {}: no answer from {} in {} ms",
                    slot.topic, log.partition, offset, control_->options().bootstrap,
                    control_->options().timeout.count());
      }
    }
  }

  // Whole batches. Nothing when there is any trouble: then the cursor goes on from the same offset.
  std::optional<RecordChunk> ReadInBulk(Slot& slot, const LogId& log, int64_t offset,
                                        size_t max_bytes) {
    if (slot.bulk != nullptr && slot.bulk->position() != offset) slot.bulk.reset();
    if (!in_bulk_ || offset < 0 || SystemClock().Monotonic() < slot.no_bulk_before) {
      return std::nullopt;
    }
    auto chunk = TakeInBulk(slot, log, offset, max_bytes);
    if (chunk && (chunk->next_offset > offset || slot.bulk->stable_end() <= offset)) {
      return *std::move(chunk);
    }
    if (!chunk) spdlog::debug("reading in bulk ended: {}", chunk.error().message);
    slot.no_bulk_before = SystemClock().Monotonic() + kNoBulkFor;
    slot.bulk.reset();
    slot.leader.reset();
    return std::nullopt;
  }

  Result<RecordChunk> TakeInBulk(Slot& slot, const LogId& log, int64_t offset, size_t max_bytes) {
    if (slot.bulk == nullptr) {
      TL_ASSIGN(slot.topic, TopicName(log));
      TL_TRY(DescribeAndCheck(log, slot.topic));
      if (!slot.leader) {
        TL_ASSIGN(slot.leader, TopicLeader(*control_, slot.topic, log.partition));
      }
      slot.cursor.reset();
      slot.bulk = std::make_unique<BulkFetch>(
          sockets_, BulkFetch::Place{*slot.leader, slot.topic, log.partition, offset});
    }
    TL_ASSIGN(RecordChunk chunk, slot.bulk->Take(max_bytes));
    // Asked after the records came: what the answer confirms includes them.
    TL_TRY(DescribeAndCheck(log, slot.topic));
    return chunk;
  }

  // The first offset of the damaged batch that holds `offset`, or -1 when it can be read.
  Result<int64_t> DamagedBatchAt(Slot& slot, const LogId& log, int64_t offset) {
    slot.cursor.reset();
    const auto chunk = ReadIn(slot, log, offset, 1);
    const int64_t damaged = slot.cursor == nullptr ? -1 : slot.cursor->failed_at();
    slot.cursor.reset();
    if (chunk) return -1;
    if (chunk.error().code != Code::kCorrupt) return Fail(chunk.error());
    return damaged;
  }

  Result<void> PutCursorAt(Slot& slot, const LogId& log, int64_t offset) {
    if (slot.cursor != nullptr) {
      if (slot.cursor->position() == offset || slot.cursor->Seek(offset)) return {};
      slot.cursor.reset();  // one that met damage ahead can't seek any more
    }
    if (offset < 0) return Fail(Code::kNotFound, "offset {}: below the log's start", offset);
    TL_ASSIGN(slot.topic, TopicName(log));
    TL_TRY(DescribeAndCheck(log, slot.topic));
    TL_ASSIGN(slot.cursor, LogCursor::Open(fetcher_, {slot.topic, log.partition, offset}, bell_));
    return {};
  }

  void LetIdleCursorsGo() {
    const Nanos now = SystemClock().Monotonic();
    const std::lock_guard lock(mutex_);
    std::erase_if(slots_, [now](const auto& entry) {
      Slot& slot = *entry.second;
      const std::unique_lock busy(slot.mutex, std::try_to_lock);
      return busy.owns_lock() && now - slot.last_read > kIdleCursor;
    });
  }

  // Rings when the set of topics has changed since the last look.
  void LookForTopics() {
    {
      const std::lock_guard lock(mutex_);
      const Nanos now = SystemClock().Monotonic();
      if (now < next_look_) return;
      next_look_ = now + std::chrono::nanoseconds(kLookForTopics).count();
    }
    auto names = TopicNames();
    if (!names) return;  // a broker in trouble shows at the next Read
    const std::lock_guard lock(mutex_);
    if (*names == seen_) return;
    seen_ = std::move(*names);
    bell_->Ring();
  }

  const std::shared_ptr<RdKafkaHandle> fetcher_;
  // For all questions: a broker answers one connection's requests in turn, and a fetch at the
  // end of a log waits there.
  const std::shared_ptr<RdKafkaHandle> control_;
  const bool in_bulk_;
  FetchSockets sockets_;  // outlives the slots
  const std::shared_ptr<ChangeBell> bell_;
  std::mutex mutex_;
  std::string cluster_id_;
  std::map<Uuid, std::string> names_;
  std::map<LogId, std::shared_ptr<Slot>> slots_;
  Names seen_;
  Nanos next_look_ = 0;
};

}  // namespace

Result<std::unique_ptr<LogReader>> OpenRdKafkaLogReader(const RdKafkaLogReaderOptions& options) {
  constexpr auto kConsumer = RdKafkaHandle::Type::kConsumer;
  TL_ASSIGN(auto control, RdKafkaHandle::Create(kConsumer, options.client, {}));
  TL_TRY(control->Connect());
  TL_ASSIGN(auto fetcher, RdKafkaHandle::Create(kConsumer, options.client, PropertiesFor(options)));
  return std::make_unique<RdKafkaLogReader>(std::move(fetcher), std::move(control),
                                            options.in_bulk);
}

}  // namespace ticklake::kafka
