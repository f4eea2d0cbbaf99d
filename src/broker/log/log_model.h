// LogModel: random work on a broker's topics, and a ledger of what must be there afterwards.
//
// Tests only. The disk is a MemoryFileSystem whose calls may fail, or whose power may go, at any
// call; the same seed does the same. Invariants it checks:
//  - an operation fails only if a call of the disk failed in it, or a partition reads only;
//  - after any end of the process or the machine: what was durable, acked or read is there, what
//    is there was sent, in order; topics are as they were reported; no damage is claimed;
//  - idempotent producers go on where they were: the newest batch again is a duplicate, the next
//    one is accepted, a gap is refused.
// Threading: one thread, no background ones.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {

class LogModel {
 public:
  explicit LogModel(uint64_t seed) : random_(seed), ids_(seed, 1) {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
  }
  ~LogModel() { Drop(); }
  LogModel(const LogModel&) = delete;
  LogModel& operator=(const LogModel&) = delete;

  MemoryFileSystem& fs() { return fs_; }
  bool up() const { return store_ != nullptr; }

  /// Starts the broker. False when the disk did not let it.
  bool Start() {
    const uint64_t failed = fs_.counts().failed;
    auto store = TopicStore::Open(
        {.fs = &fs_,
         .clock = &clock_,
         .dir = "broker",
         .topic_defaults = {{"segment.bytes", "2500"}, {"retention.bytes", "9000"}},
         .max_open_files = 3,
         .background = false,
         .boot_id = "boot-" + std::to_string(boot_),
         .new_id = [this] { return Uuid::From(ids_); }});
    if (!store) {
      ExpectExcuse(failed, store.error().message);
      return false;
    }
    store_ = std::move(*store);
    if (fs_.counts().failed == failed) stuck_.clear();
    EXPECT_TRUE(cluster_.empty() || store_->cluster_id() == cluster_);
    cluster_ = store_->cluster_id();
    MatchTopics();
    return true;
  }

  /// Ends the broker as a stop does.
  void Stop() {
    Note();
    Drop();
    TakeOffPartitions();
  }

  /// Kills the process. The page cache survives.
  void Kill() {
    Note();
    fs_.CutPower();  // for what the dying broker still tries
    Drop();
    fs_.Kill();
    TakeOffPartitions();
  }

  /// Takes the power; returns the digest of what the disk kept.
  uint64_t LosePower(uint64_t seed) {
    Note();
    fs_.CutPower();
    Drop();
    ++boot_;
    TakeOffPartitions();
    return fs_.Crash(seed);
  }

  /// One random operation. Starts the broker if need be.
  void Step() {
    if (!up() && !Start()) return;
    if (fs_.powerless()) return;
    clock_.Advance(static_cast<Nanos>(random_.Below(1000)) * kNanosPerMilli);
    switch (random_.Below(40)) {
      case 0: return Create();
      case 1: return Delete();
      case 2: return NewProducerId();
      case 3: return Housekeeping();
      case 4: return random_.Chance(1, 2) ? Stop() : Kill();
      default: break;
    }
    if (topics_.empty()) return Create();
    WorkOn(*AnyLedger());
  }

  /// Everything that the ledger says, and that work goes on.
  void Check() {
    ASSERT_TRUE(up() || Start());
    ASSERT_EQ(store_->List().size(), topics_.size());
    for (const auto& [id, topic] : topics_) {
      for (const auto& ledger : topic.logs) {
        const auto log = OpenSurely(*ledger);
        ASSERT_NE(log, nullptr);
        CheckContents(*log, *ledger);
        for (size_t which = 0; which < ledger->producers.size(); ++which) {
          SendAgain(*log, *ledger, which);
          SendGap(*log, *ledger, which);
        }
        Send(*log, *ledger);
        Flush(*log, *ledger);
        EXPECT_EQ(log->durable_end(), End(*ledger));
      }
    }
    Create();
    NewProducerId();
    CheckFolders();
  }

  /// What can be read still is.
  void CheckReads() {
    for (const auto& [id, topic] : topics_) {
      for (const auto& ledger : topic.logs) {
        if (!up() || !ledger->opened) continue;
        const auto log = store_->Partition(id, ledger->partition);
        ASSERT_TRUE(log);
        CheckContents(**log, *ledger);
      }
    }
  }

  /// Starts because a partition could only be read, though no flush had failed.
  int restarts() const { return restarts_; }
  const std::string& last_error() const { return last_error_; }

 private:
  static constexpr size_t kPlain = 99;  ///< no producer id

  struct Producer {
    int64_t id = 0;
    int16_t epoch = 0;
    int32_t next_sequence = 0;
  };
  struct Sent {
    std::string bytes;
    std::vector<std::string> values;
    size_t producer = kPlain;
  };
  struct Ledger {
    Uuid topic;
    int32_t partition = 0;
    std::vector<Producer> producers = {{.id = 1}, {.id = 7, .epoch = 3}};
    std::map<int64_t, Sent> sent;  ///< by base offset
    int64_t acked = 0;             ///< everything below was acked or could be read
    int64_t start = 0;             ///< the greatest log start that was reported
    bool opened = false;           ///< by this process
  };
  struct KnownTopic {
    Topic topic;
    std::vector<std::shared_ptr<Ledger>> logs;
  };
  using LogPtr = std::shared_ptr<PartitionLog>;

  // What may fail, and when.

  void ExpectExcuse(uint64_t failed_before, const std::string& message) {
    EXPECT_GT(fs_.counts().failed, failed_before) << "failed for no reason: " << message;
    EXPECT_FALSE(message.empty());
    last_error_ = message;
  }

  void Drop() { store_.reset(); }

  void TakeOffPartitions() {
    for (const auto* topics : {&topics_, &maybe_deleted_}) {
      for (const auto& [id, topic] : *topics) {
        for (const auto& ledger : topic.logs) ledger->opened = false;
      }
    }
  }

  /// What readers could see so far must never be taken back.
  void Note() {
    if (!up()) return;
    for (auto& [id, topic] : topics_) {
      for (const auto& ledger : topic.logs) {
        if (!ledger->opened) continue;
        const auto log = store_->Partition(id, ledger->partition);
        if (log) NoteDurable(**log, *ledger);
      }
    }
  }

  static void NoteDurable(const PartitionLog& log, Ledger& ledger) {
    // A recovery that could not flush what it found shows it all the same, but promises nothing.
    if (log.damage()) return;
    ledger.acked = std::max(ledger.acked, log.durable_end());
    ledger.start = std::max(ledger.start, log.log_start());
  }

  // Topics.

  static KnownTopic Known(const Topic& topic) {
    KnownTopic known{topic, {}};
    for (int32_t partition = 0; partition < topic.partitions; ++partition) {
      auto ledger = std::make_shared<Ledger>();
      ledger->topic = topic.id;
      ledger->partition = partition;
      known.logs.push_back(std::move(ledger));
    }
    return known;
  }

  /// Topics are as reported; a change that failed may have happened.
  void MatchTopics() {
    std::set<Uuid> present;
    for (const Topic& topic : store_->List()) {
      present.insert(topic.id);
      if (const auto back = maybe_deleted_.find(topic.id); back != maybe_deleted_.end()) {
        topics_.insert(maybe_deleted_.extract(back));
      }
      const auto known = topics_.find(topic.id);
      if (known == topics_.end()) {
        EXPECT_TRUE(maybe_created_.contains(topic.name)) << topic.name << " came from nowhere";
        topics_.emplace(topic.id, Known(topic));
      } else {
        EXPECT_EQ(topic, known->second.topic);
      }
    }
    for (const auto& [id, topic] : topics_) {
      EXPECT_TRUE(present.contains(id)) << "topic " << topic.topic.name << " was lost";
    }
    maybe_created_.clear();
    maybe_deleted_.clear();
  }

  void Create() {
    const std::string name = "t" + std::to_string(random_.Below(4));
    const bool exists = store_->Find(name).has_value();
    const uint64_t failed = fs_.counts().failed;
    const auto made =
        store_->Create(name, 1 + static_cast<int32_t>(random_.Below(2)), {{"segment.ms", "60000"}});
    EXPECT_FALSE(made && exists);
    if (made) {
      topics_.emplace(made->id, Known(*made));
    } else if (!exists) {
      ExpectExcuse(failed, made.error().message);
      maybe_created_.insert(name);
    }
  }

  void Delete() {
    if (topics_.size() < 2) return;
    auto victim = topics_.begin();
    std::advance(victim, random_.Below(topics_.size()));
    Note();
    const uint64_t failed = fs_.counts().failed;
    const auto deleted = store_->Delete(victim->second.topic.name);
    const bool there = store_->Find(victim->first).has_value();
    EXPECT_FALSE(deleted && there);
    if (!deleted) ExpectExcuse(failed, deleted.error().message);
    // Files that could not go are tried again by the next start.
    if (fs_.counts().failed > failed) stuck_.insert(victim->first);
    // While it is there, it may be written to, so it must stay.
    if (there) return;
    if (!deleted) {
      maybe_deleted_.insert(topics_.extract(victim));
    } else {
      topics_.erase(victim);
    }
  }

  void NewProducerId() {
    const uint64_t failed = fs_.counts().failed;
    const auto id = store_->NewProducerId();
    if (!id) return ExpectExcuse(failed, id.error().message);
    EXPECT_GT(*id, last_producer_id_) << "given out twice";
    last_producer_id_ = *id;
  }

  void Housekeeping() {
    for (const auto& [id, topic] : topics_) {
      for (const auto& ledger : topic.logs) {
        if (Open(*ledger) == nullptr) return;
      }
    }
    store_->Housekeeping();
    Note();
  }

  /// Deleted topics leave no files behind.
  void CheckFolders() {
    const auto folders = fs_.List("broker/topics");
    if (!folders) return;
    for (const std::string& folder : *folders) {
      const Uuid id = Uuid::Parse(folder).value();
      EXPECT_TRUE(topics_.contains(id) || stuck_.contains(id)) << folder << " is a leftover";
    }
  }

  // Partitions.

  std::shared_ptr<Ledger> AnyLedger() {
    auto topic = topics_.begin();
    std::advance(topic, random_.Below(topics_.size()));
    return topic->second.logs[random_.Below(topic->second.logs.size())];
  }

  static int64_t End(const Ledger& ledger) {
    if (ledger.sent.empty()) return ledger.acked;
    const auto& [base, newest] = *ledger.sent.rbegin();
    return base + static_cast<int64_t>(newest.values.size());
  }

  /// nullptr when the disk did not let it, or the partition reads only: then the broker is
  /// started again.
  LogPtr Open(Ledger& ledger) {
    const uint64_t failed = fs_.counts().failed;
    const auto log = store_->Partition(ledger.topic, ledger.partition);
    if (!log) {
      ExpectExcuse(failed, log.error().message);
      return nullptr;
    }
    if (!ledger.opened) Settle(**log, ledger, failed);
    if (const auto damage = (*log)->damage()) {
      StartAgain(*damage);
      return nullptr;
    }
    return *log;
  }

  /// As the message of a partition that only reads says.
  void StartAgain(const Error& damage) {
    EXPECT_GT(fs_.counts().failed, 0U);
    const bool flush = damage.message.contains("fsync") || damage.message.contains("fdatasync");
    restarts_ += flush ? 0 : 1;
    Stop();
  }

  LogPtr OpenSurely(Ledger& ledger) {
    LogPtr log = Open(ledger);
    if (log != nullptr || (!up() && !Start())) return log;
    return Open(ledger);
  }

  /// What was not acked may be gone now; what is left must be a beginning of what was sent.
  void Settle(PartitionLog& log, Ledger& ledger, uint64_t failed_before) {
    ledger.opened = true;
    if (log.damage()) ExpectExcuse(failed_before, log.damage()->message);
    EXPECT_GE(log.durable_end(), ledger.acked) << "acked records are lost";
    EXPECT_GE(log.log_start(), ledger.start) << "deleted records are back";
    if (log.damage()) return NoteDurable(log, ledger);
    EXPECT_EQ(log.durable_end(), log.end());
    for (auto at = ledger.sent.lower_bound(log.end()); at != ledger.sent.end();
         at = ledger.sent.erase(at)) {
      if (at->second.producer == kPlain) continue;
      ledger.producers[at->second.producer].next_sequence -=
          static_cast<int32_t>(at->second.values.size());
    }
    NoteDurable(log, ledger);
    EXPECT_EQ(End(ledger), log.end()) << "records that nobody sent, or a batch cut in two";
  }

  void WorkOn(Ledger& ledger) {
    const LogPtr log = Open(ledger);
    if (!log) return;
    switch (random_.Below(14)) {
      case 0:
      case 1: Flush(*log, ledger); break;
      case 2: Try([&] { return log->WriteCheckpoint(); }); break;
      case 3: Try([&] { return log->ApplyRetention(); }); break;
      case 4: Truncate(*log, ledger); break;
      case 5: SendAgain(*log, ledger, random_.Below(ledger.producers.size())); break;
      case 6: SendGap(*log, ledger, random_.Below(ledger.producers.size())); break;
      case 7: CheckContents(*log, ledger); break;
      default: Send(*log, ledger);
    }
    if (!up()) return;
    NoteDurable(*log, ledger);
    if (const auto damage = log->damage()) StartAgain(*damage);
  }

  template <class Work>
  bool Try(Work work) {
    const uint64_t failed = fs_.counts().failed;
    const auto done = work();
    if (!done) ExpectExcuse(failed, done.error().message);
    return done.has_value();
  }

  void Flush(PartitionLog& log, Ledger& ledger) {
    const int64_t end = End(ledger);
    if (Try([&] { return log.Flush(); })) {
      EXPECT_EQ(log.durable_end(), end);
    }
  }

  void Truncate(PartitionLog& log, Ledger& ledger) {
    const int64_t to = log.log_start() + static_cast<int64_t>(random_.Below(20));
    const int64_t before = log.log_start();
    const int64_t bound = std::min(to, log.durable_end());
    int64_t start = 0;
    const bool moved = Try([&]() -> Result<void> {
      TL_ASSIGN(start, log.TruncateBefore(to));
      return {};
    });
    if (moved) {
      EXPECT_EQ(start, std::max(before, bound));
      ledger.start = std::max(ledger.start, start);
    }
  }

  std::string Batch(const Ledger& ledger, size_t which, int32_t skip, Sent* sent) {
    kafka::BatchOptions options{.compression = static_cast<kafka::Compression>(random_.Below(5))};
    if (which != kPlain) {
      const Producer& producer = ledger.producers[which];
      options.producer_id = producer.id;
      options.producer_epoch = producer.epoch;
      options.base_sequence = producer.next_sequence + skip;
    }
    kafka::BatchBuilder builder(options);
    for (uint64_t n = 1 + random_.Below(6); n > 0; --n) {
      sent->values.push_back(std::string(random_.Below(120), 'v') + std::to_string(++serial_));
      builder.Add({.key = "k", .value = sent->values.back(), .timestamp_ms = clock_.NowMillis()});
    }
    return builder.Build().value();
  }

  void Send(PartitionLog& log, Ledger& ledger) {
    const size_t which = random_.Chance(1, 3) ? kPlain : random_.Below(ledger.producers.size());
    Sent sent{.bytes = {}, .values = {}, .producer = which};
    sent.bytes = Batch(ledger, which, 0, &sent);
    const uint64_t failed = fs_.counts().failed;
    const Appended appended = log.Append(sent.bytes);
    if (appended.fault != AppendFault::kNone) {
      EXPECT_EQ(appended.fault, AppendFault::kStorage) << appended.message;
      return ExpectExcuse(failed, appended.message);
    }
    EXPECT_FALSE(appended.duplicate);
    EXPECT_EQ(appended.base_offset, End(ledger));
    const auto count = static_cast<int32_t>(sent.values.size());
    if (which != kPlain) ledger.producers[which].next_sequence += count;
    const int64_t end = appended.end_offset;
    ledger.sent[appended.base_offset] = std::move(sent);
    if (!random_.Chance(1, 2)) return;
    log.WhenDurable(end, [&ledger, end](const Result<void>& durable) {
      if (durable) ledger.acked = std::max(ledger.acked, end);
    });
  }

  /// The newest batch of a producer once more.
  void SendAgain(PartitionLog& log, Ledger& ledger, size_t which) {
    const auto newest = std::find_if(ledger.sent.rbegin(), ledger.sent.rend(),
                                     [&](const auto& e) { return e.second.producer == which; });
    if (newest == ledger.sent.rend()) return;
    const Appended again = log.Append(newest->second.bytes);
    EXPECT_EQ(again.fault, AppendFault::kNone) << again.message;
    EXPECT_TRUE(again.duplicate) << "a batch would be there twice";
    EXPECT_EQ(again.base_offset, newest->first);
  }

  /// A batch of a producer with a gap before it.
  void SendGap(PartitionLog& log, Ledger& ledger, size_t which) {
    const bool known = std::ranges::any_of(
        ledger.sent, [&](const auto& entry) { return entry.second.producer == which; });
    if (!known) return;
    Sent unused;
    const Appended refused = log.Append(Batch(ledger, which, 3, &unused));
    EXPECT_EQ(refused.fault, AppendFault::kOutOfOrderSequence) << refused.message;
  }

  void CheckContents(PartitionLog& log, Ledger& ledger) {
    NoteDurable(log, ledger);
    int64_t offset = log.log_start();
    EXPECT_LE(offset, log.durable_end());
    const size_t max_bytes = random_.Below(4000);
    while (offset < log.durable_end()) {
      const uint64_t failed = fs_.counts().failed;
      const auto raw = log.Read(offset, max_bytes);
      if (!raw) return ExpectExcuse(failed, raw.error().message);
      ASSERT_GT(raw->next_offset, offset);
      for (std::string_view rest = raw->bytes; !rest.empty();) {
        const auto batch = kafka::FirstBatch(rest).value();
        ASSERT_TRUE(batch.Check());
        CheckBatch(batch, ledger);
        offset = batch.next_offset();
        rest.remove_prefix(batch.size());
      }
    }
    EXPECT_EQ(offset, log.durable_end());
    CheckTimes(log);
  }

  void CheckTimes(PartitionLog& log) {
    const uint64_t failed = fs_.counts().failed;
    const auto first = log.FindTimestamp(0);
    if (!first) return ExpectExcuse(failed, first.error().message);
    EXPECT_EQ(first->has_value(), log.log_start() < log.durable_end());
    if (*first) {
      EXPECT_EQ((*first)->offset, log.log_start());
    }
    const auto last = log.FindMaxTimestamp();
    if (!last) ExpectExcuse(failed, last.error().message);
  }

  static void CheckBatch(const kafka::RecordBatch& batch, const Ledger& ledger) {
    const auto sent = ledger.sent.find(batch.base_offset());
    ASSERT_NE(sent, ledger.sent.end()) << batch.base_offset();
    kafka::RecordChunk chunk;
    ASSERT_TRUE(kafka::AppendRecords(batch, 0, chunk));
    std::vector<std::string> values;
    values.reserve(chunk.records.size());
    for (const auto& record : chunk.records) values.emplace_back(*record.value);
    ASSERT_EQ(values, sent->second.values);
  }

  Random random_;
  Random ids_;
  MemoryFileSystem fs_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::map<Uuid, KnownTopic> topics_;
  std::map<Uuid, KnownTopic> maybe_deleted_;  // a deletion failed half-way
  std::set<std::string> maybe_created_;
  std::set<Uuid> stuck_;
  std::string cluster_;
  int64_t last_producer_id_ = -1;
  int serial_ = 0;
  int boot_ = 1;
  int restarts_ = 0;
  std::string last_error_;
  std::unique_ptr<TopicStore> store_;
};

}  // namespace ticklake::broker
