// Random work on a disk that loses power at a random moment, again and again: what was reported as
// durable is there afterwards, and nothing is there that was never appended.
#include <gmock/gmock.h>

#include <map>
#include <memory>

#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {
namespace {

struct Producer {
  int64_t id = 0;
  int16_t epoch = 0;
  int32_t next_sequence = 0;
};

/// A batch that was appended, as the test remembers it.
struct Sent {
  std::string bytes;
  std::vector<std::string> values;
  size_t producer = 0;  ///< index; kPlain: none
};

constexpr size_t kPlain = 99;

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed) {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
    Restart();
  }

  void Run() {
    for (int crash = 0; crash < 8; ++crash) {
      for (uint64_t steps = random_.Below(60); steps > 0; --steps) {
        if (random_.Chance(1, 6)) fs_.FailChange(1 + random_.Below(4));
        Step();
        fs_.FailChange(0);
        if (log_->damage()) Reopen();
      }
      // Sometimes the power goes in the middle of a call.
      if (random_.Chance(1, 2)) {
        fs_.FailChange(1 + random_.Below(3));
        Step();
      }
      Crash();
      if (::testing::Test::HasFailure()) return;
    }
  }

 private:
  void Restart() {
    store_ = TopicStore::Open(
                 {.fs = &fs_,
                  .clock = &clock_,
                  .dir = "broker",
                  .topic_defaults = {{"segment.bytes", "2500"}, {"retention.bytes", "9000"}},
                  .max_open_files = 3,
                  .background = false,
                  .boot_id = ""})
                 .value();
    if (!store_->Find("t")) {
      ASSERT_TRUE(store_->Create("t", 1, {}));
      id_ = store_->Find("t")->id;
    }
    log_ = store_->Partition(id_, 0).value();
  }

  void Step() {
    clock_.Advance(static_cast<Nanos>(random_.Below(1000)) * kNanosPerMilli);
    switch (random_.Below(12)) {
      case 0: return Flush();
      case 1: (void)log_->WriteCheckpoint(); return NoteDurable();
      case 2: (void)log_->ApplyRetention(); return NoteStart();
      case 3:
        (void)log_->TruncateBefore(log_->log_start() + static_cast<int64_t>(random_.Below(20)));
        return NoteStart();
      case 4: return SendAgain();
      case 5: return CheckContents();
      default: return Send();
    }
  }

  void Send() {
    const size_t which = random_.Chance(1, 3) ? kPlain : random_.Below(producers_.size());
    Sent sent{.bytes = {}, .values = {}, .producer = which};
    kafka::BatchOptions options{.compression = static_cast<kafka::Compression>(random_.Below(5))};
    if (which != kPlain) {
      Producer& producer = producers_[which];
      options.producer_id = producer.id;
      options.producer_epoch = producer.epoch;
      options.base_sequence = producer.next_sequence;
    }
    kafka::BatchBuilder builder(options);
    for (uint64_t n = 1 + random_.Below(6); n > 0; --n) {
      sent.values.push_back(std::string(random_.Below(120), 'v') + std::to_string(++serial_));
      builder.Add({.key = "k", .value = sent.values.back(), .timestamp_ms = clock_.NowMillis()});
    }
    sent.bytes = builder.Build().value();
    const Appended appended = log_->Append(sent.bytes);
    if (appended.fault != AppendFault::kNone) {
      EXPECT_EQ(appended.fault, AppendFault::kStorage) << appended.message;
      return;
    }
    EXPECT_FALSE(appended.duplicate);
    EXPECT_EQ(appended.base_offset, End());
    if (which != kPlain) producers_[which].next_sequence += builder.count();
    const int64_t end = appended.end_offset;
    sent_[appended.base_offset] = std::move(sent);
    if (random_.Chance(1, 2))
      log_->WhenDurable(end, [this, end](const Result<void>& durable) {
        if (durable) acked_ = std::max(acked_, end);
      });
  }

  /// The newest batch of a producer once more.
  void SendAgain() {
    const size_t which = random_.Below(producers_.size());
    const auto newest = std::find_if(sent_.rbegin(), sent_.rend(), [&](const auto& entry) {
      return entry.second.producer == which;
    });
    if (newest == sent_.rend()) return;
    const Appended again = log_->Append(newest->second.bytes);
    if (again.fault == AppendFault::kStorage) return;
    EXPECT_EQ(again.fault, AppendFault::kNone) << again.message;
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, newest->first);
  }

  void Flush() {
    if (random_.Chance(1, 12)) fs_.FailSync(1, ".log");
    const int64_t end = End();
    if (log_->Flush()) {
      EXPECT_EQ(log_->durable_end(), end);
    }
    fs_.FailSync(0);
    NoteDurable();
    if (log_->damage()) Reopen();
  }

  /// Ends the process properly and starts it again.
  void Reopen() {
    NoteDurable();
    log_.reset();
    store_.reset();
    fs_.FailChange(0);
    Restart();
    ForgetLost();
  }

  void Crash() {
    NoteDurable();
    fs_.CutPower();
    log_.reset();
    store_.reset();
    fs_.Crash(random_.Next());
    fs_.FailChange(0);
    Restart();
    ForgetLost();
    CheckContents();
    SendAgain();
  }

  void NoteDurable() { acked_ = std::max(acked_, log_->durable_end()); }

  void NoteStart() {
    NoteDurable();
    start_ = log_->log_start();
  }

  /// What was not acked may be gone now; what is left must be a beginning of what was sent.
  void ForgetLost() {
    EXPECT_FALSE(log_->damage()) << log_->damage()->message;
    const int64_t end = log_->durable_end();
    EXPECT_GE(end, acked_);
    EXPECT_EQ(end, log_->end());
    acked_ = end;
    for (auto at = sent_.lower_bound(end); at != sent_.end(); at = sent_.erase(at)) {
      if (at->second.producer == kPlain) continue;
      Producer& producer = producers_[at->second.producer];
      producer.next_sequence -= static_cast<int32_t>(at->second.values.size());
    }
    EXPECT_EQ(End(), end);
  }

  int64_t End() const {
    if (sent_.empty()) return 0;
    return sent_.rbegin()->first + static_cast<int64_t>(sent_.rbegin()->second.values.size());
  }

  void CheckContents() {
    NoteDurable();
    int64_t offset = log_->log_start();
    EXPECT_LE(offset, log_->durable_end());
    const size_t max_bytes = random_.Below(4000);
    while (offset < log_->durable_end()) {
      const auto raw = log_->Read(offset, max_bytes);
      ASSERT_TRUE(raw) << raw.error().message;
      ASSERT_GT(raw->next_offset, offset);
      for (std::string_view rest = raw->bytes; !rest.empty();) {
        const auto batch = kafka::FirstBatch(rest).value();
        ASSERT_TRUE(batch.Check());
        CheckBatch(batch);
        offset = batch.next_offset();
        rest.remove_prefix(batch.size());
      }
    }
    EXPECT_EQ(offset, log_->durable_end());
  }

  void CheckBatch(const kafka::RecordBatch& batch) {
    const auto sent = sent_.find(batch.base_offset());
    ASSERT_NE(sent, sent_.end()) << batch.base_offset();
    kafka::RecordChunk chunk;
    ASSERT_TRUE(kafka::AppendRecords(batch, 0, chunk));
    std::vector<std::string> values;
    for (const auto& record : chunk.records) values.emplace_back(*record.value);
    ASSERT_EQ(values, sent->second.values);
  }

  Random random_;
  MemoryFileSystem fs_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::vector<Producer> producers_ = {{.id = 1}, {.id = 7, .epoch = 3}};
  std::map<int64_t, Sent> sent_;  // by base offset
  int64_t acked_ = 0;
  int64_t start_ = 0;
  int serial_ = 0;
  Uuid id_;
  std::unique_ptr<TopicStore> store_;
  std::shared_ptr<PartitionLog> log_;
};

TEST(CrashTest, NothingDurableIsLost) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Model(seed).Run();
    if (HasFailure()) return;
  }
}

// Topics: after a crash the list is as before or as after the change that was under way.
TEST(CrashTest, TopicChangesAreAllOrNothing) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    MemoryFileSystem fs;
    ManualClock clock;
    std::map<std::string, Topic> known;
    std::string cluster;
    int64_t last_id = -1;
    for (int crash = 0; crash < 4; ++crash) {
      const StoreOptions options{.fs = &fs, .clock = &clock, .dir = "broker", .background = false};
      auto store = TopicStore::Open(options).value();
      EXPECT_TRUE(cluster.empty() || store->cluster_id() == cluster);
      cluster = store->cluster_id();
      ASSERT_EQ(store->List().size(), known.size());
      for (const Topic& topic : store->List()) EXPECT_EQ(topic, known.at(topic.name));
      for (uint64_t i = 1 + random.Below(8); i > 0; --i) {
        if (i == 1) fs.FailChange(1 + random.Below(3));
        const std::string name = "t" + std::to_string(random.Below(4));
        if (known.contains(name)) {
          if (store->Delete(name)) known.erase(name);
        } else if (const auto made = store->Create(name, 2, {{"segment.ms", "77"}})) {
          known[name] = *made;
        }
      }
      const auto newest = store->List();  // a failed write may still have happened
      fs.CutPower();
      store.reset();
      fs.Crash(random.Next());
      fs.FailChange(0);
      known.clear();
      store = TopicStore::Open(options).value();
      for (const Topic& topic : store->List()) known[topic.name] = topic;
      EXPECT_EQ(known.size(), newest.size());
      for (const Topic& topic : newest) EXPECT_EQ(known[topic.name], topic);
      for (int i = 0; i < 3; ++i) {
        const int64_t id = store->NewProducerId().value();
        EXPECT_GT(id, last_id);
        last_id = id;
      }
    }
  }
}

}  // namespace
}  // namespace ticklake::broker
