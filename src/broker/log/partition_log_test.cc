#include "broker/log/partition_log.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <map>
#include <memory>
#include <thread>

#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "base/test_report.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"
#include "kafka/record_batch.h"

namespace ticklake::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PartitionLogTest : public ::testing::Test {
 protected:
  PartitionLogTest() {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
    Start();
    id_ = store_->Create("t", 1, {}).value().id;
    log_ = store_->Partition(id_, 0).value();
  }

  void Start() {
    store_ = TopicStore::Open({.fs = &fs_,
                               .clock = &clock_,
                               .metrics = &metrics_,
                               .dir = "broker",
                               .topic_defaults = {{"segment.bytes", "4000"}},
                               .background = false,
                               .boot_id = boot_})
                 .value();
  }

  /// Ends the process, by kill -9 or properly, and starts it again.
  void Restart(bool kill) {
    if (kill) fs_.CutPower();  // for what the dying process still tries
    log_.reset();
    store_.reset();
    if (kill) fs_.Kill();
    Start();
    log_ = store_->Partition(id_, 0).value();
  }

  /// The machine's end, and a new start.
  void LosePower(uint64_t seed) {
    fs_.CutPower();
    log_.reset();
    store_.reset();
    boot_ = "boot of " + std::to_string(seed);
    fs_.Crash(seed);
    Start();
    log_ = store_->Partition(id_, 0).value();
  }

  std::string dir() const { return "broker/topics/" + id_.ToString() + "/0"; }
  std::string LogFile(int64_t base) const { return Segment::LogPath(dir(), base); }

  /// A batch of `count` records of about 100 bytes.
  static std::string Batch(int count, kafka::BatchOptions options = {}, int64_t time = 1000) {
    kafka::BatchBuilder builder(options);
    const std::string value(80, 'v');
    for (int i = 0; i < count; ++i) {
      builder.Add({.key = "key", .value = value, .timestamp_ms = time + i});
    }
    return builder.Build().value();
  }

  Appended Append(const std::string& batch) { return log_->Append(batch); }

  void AppendDurably(int batches, int count = 3) {
    for (int i = 0; i < batches; ++i) ASSERT_EQ(Append(Batch(count)).fault, AppendFault::kNone);
    ASSERT_TRUE(log_->Flush());
  }

  MemoryFileSystem fs_;
  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  Metrics metrics_;
  std::string boot_ = "boot-1";
  Uuid id_;
  std::unique_ptr<TopicStore> store_;
  std::shared_ptr<PartitionLog> log_;
};

TEST_F(PartitionLogTest, NothingIsReadBeforeItIsDurable) {
  const Appended first = Append(Batch(3));
  EXPECT_EQ(first.base_offset, 0);
  EXPECT_EQ(first.end_offset, 3);
  EXPECT_EQ(log_->durable_end(), 0);
  EXPECT_TRUE(log_->Read(0, 1000).value().bytes.empty());
  EXPECT_EQ(log_->Read(1, 1000).error().code, Code::kNotFound);
  std::vector<int> told;
  log_->WhenDurable(3, [&](const Result<void>& ok) { told.push_back(ok ? 3 : -3); });
  Append(Batch(1));
  log_->WhenDurable(4, [&](const Result<void>& ok) { told.push_back(ok ? 4 : -4); });
  log_->WhenDurable(5, [&](const Result<void>& ok) { told.push_back(ok ? 5 : -5); });
  const uint64_t syncs = fs_.counts().syncs;
  ASSERT_TRUE(log_->Flush());
  EXPECT_EQ(fs_.counts().syncs, syncs + 2);  // of the checkpoint, and one for all
  EXPECT_THAT(told, ElementsAre(3, 4));
  log_->WhenDurable(2, [&](const Result<void>& ok) { told.push_back(ok ? 2 : -2); });
  log_->Abandon();
  EXPECT_THAT(told, ElementsAre(3, 4, 2, -5));
}

// Producers of other partitions must not wait while a partition is begun.
TEST_F(PartitionLogTest, NoAppendWaitsForTheDisk) {
  const auto before = fs_.counts();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Append(Batch(3)).fault, AppendFault::kNone);
  EXPECT_EQ(fs_.counts().syncs, before.syncs);
  EXPECT_EQ(fs_.counts().dir_syncs, before.dir_syncs);
  ASSERT_TRUE(log_->Flush());
  EXPECT_EQ(fs_.counts().syncs, before.syncs + 2);          // checkpoint and segment
  EXPECT_EQ(fs_.counts().dir_syncs, before.dir_syncs + 3);  // of the topics, it, the partition
  ASSERT_EQ(Append(Batch(3)).fault, AppendFault::kNone);
  ASSERT_TRUE(log_->Flush());
  EXPECT_EQ(fs_.counts().syncs, before.syncs + 3);
  EXPECT_EQ(fs_.counts().dir_syncs, before.dir_syncs + 3);
}

TEST(PartitionBegin, WaitsForAFileDescriptor) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need file descriptors of their own";
  const std::string dir = "/tmp/ticklake-begin-" + Uuid::Random().ToString();
  auto store =
      TopicStore::Open(
          {.fs = &PosixFileSystem(), .clock = &SystemClock(), .dir = dir, .background = false})
          .value();
  const auto log = store->Partition(store->Create("t", 1, {}).value().id, 0).value();
  kafka::BatchBuilder builder;
  builder.Add({.key = "k", .value = "v", .timestamp_ms = 1});
  ASSERT_EQ(log->Append(builder.Build().value()).fault, AppendFault::kNone);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none{.rlim_cur = 0, .rlim_max = limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto refused = log->Flush();
  setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("raise the limit"));
  EXPECT_FALSE(log->damage());
  EXPECT_TRUE(log->Flush());
  EXPECT_EQ(log->durable_end(), 1);
  store.reset();
  EXPECT_TRUE(PosixFileSystem().RemoveAll(dir));
}

// A process that dies before the first flush leaves batches that the next one takes over: with all
// their names.
TEST_F(PartitionLogTest, WhatAKilledBeginningLeftIsMadeDurable) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    id_ = store_->Create("t" + std::to_string(seed), 1, {}).value().id;
    log_ = store_->Partition(id_, 0).value();
    ASSERT_EQ(Append(Batch(3)).fault, AppendFault::kNone);
    Restart(true);
    ASSERT_EQ(log_->durable_end(), 3);
    LosePower(seed);
    ASSERT_EQ(log_->durable_end(), 3) << seed;
  }
}

// Its folder goes while its first flush is still to come.
TEST_F(PartitionLogTest, ADeletedPartitionHasNoDamage) {
  ASSERT_EQ(Append(Batch(3)).fault, AppendFault::kNone);
  bool told = false;
  log_->WhenDurable(
      3, [&](const Result<void>& ok) { told = !ok && ok.error().code == Code::kCancelled; });
  ASSERT_TRUE(store_->Delete("t"));
  EXPECT_TRUE(told);
  EXPECT_EQ(log_->Flush().error().code, Code::kCancelled);
  EXPECT_FALSE(log_->damage());
}

TEST_F(PartitionLogTest, FaultsAreToldApart) {
  EXPECT_EQ(Append("short").fault, AppendFault::kCorrupt);
  std::string bad = Batch(2);
  bad.back() = 'x';
  EXPECT_EQ(Append(bad).fault, AppendFault::kCorrupt);
  std::string old = Batch(1);
  old[kafka::kMagicAt] = 1;
  EXPECT_EQ(Append(old).fault, AppendFault::kUnsupportedFormat);
  EXPECT_EQ(Append(Batch(1) + Batch(1)).fault, AppendFault::kInvalidRecord);
  EXPECT_EQ(
      Append(
          Batch(1,
                {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0, .transactional = true}))
          .fault,
      AppendFault::kInvalidRecord);
  ASSERT_TRUE(store_->AlterConfig("t", {{"max.message.bytes", "500"}}));
  const Appended large = Append(Batch(10));
  EXPECT_EQ(large.fault, AppendFault::kTooLarge);
  EXPECT_THAT(large.message, HasSubstr("max.message.bytes is 500"));
  EXPECT_EQ(Append(Batch(1)).fault, AppendFault::kNone);
  EXPECT_EQ(log_->end(), 1);
}

TEST_F(PartitionLogTest, ProducersAreHeldToTheirSequence) {
  const auto send = [&](int32_t sequence, int16_t epoch = 0, int count = 2) {
    return Append(
        Batch(count, {.producer_id = 5, .producer_epoch = epoch, .base_sequence = sequence}));
  };
  for (int32_t i = 0; i < 6; ++i) EXPECT_EQ(send(i * 2).fault, AppendFault::kNone);
  const Appended again = send(4);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.base_offset, 4);
  EXPECT_EQ(again.end_offset, 6);
  EXPECT_EQ(send(0).fault, AppendFault::kOutOfOrderSequence);  // older than the last five
  EXPECT_EQ(send(14).fault, AppendFault::kOutOfOrderSequence);
  EXPECT_EQ(send(10, 0, 1).fault, AppendFault::kOutOfOrderSequence);  // not the same batch
  Restart(true);
  EXPECT_TRUE(send(10).duplicate);
  EXPECT_EQ(send(12).fault, AppendFault::kNone);
  EXPECT_EQ(send(3, 1).fault, AppendFault::kOutOfOrderSequence);
  EXPECT_EQ(send(0, 1).fault, AppendFault::kNone);
  EXPECT_EQ(send(14, 0).fault, AppendFault::kStaleEpoch);
  Restart(false);
  EXPECT_TRUE(send(0, 1).duplicate);
  EXPECT_EQ(send(14, 0).fault, AppendFault::kStaleEpoch);
  clock_.Advance(25LL * 3600 * kNanosPerSecond);
  log_->Tidy();
  EXPECT_EQ(send(77, 0).fault, AppendFault::kNone);  // forgotten after a day
}

TEST_F(PartitionLogTest, SequencesWrap) {
  const auto send = [&](int32_t sequence, int count) {
    return Append(Batch(count, {.producer_id = 5, .producer_epoch = 0, .base_sequence = sequence}));
  };
  EXPECT_EQ(send(INT32_MAX - 1, 3).fault, AppendFault::kNone);  // ends at 0
  EXPECT_EQ(send(2, 1).fault, AppendFault::kOutOfOrderSequence);
  EXPECT_EQ(send(1, 1).fault, AppendFault::kNone);
}

TEST_F(PartitionLogTest, AFailedFlushIsNeverRetried) {
  AppendDurably(2);
  Append(Batch(3));
  bool failed = false;
  log_->WhenDurable(9, [&](const Result<void>& ok) { failed = !ok; });
  fs_.FailSync(1, ".log");
  EXPECT_FALSE(log_->Flush());
  EXPECT_TRUE(failed);
  const uint64_t syncs = fs_.counts().syncs;
  EXPECT_FALSE(log_->Flush());
  EXPECT_EQ(fs_.counts().syncs, syncs);
  const Appended refused = Append(Batch(1));
  EXPECT_EQ(refused.fault, AppendFault::kStorage);
  EXPECT_THAT(refused.message, HasSubstr("fdatasync"));
  EXPECT_EQ(log_->durable_end(), 6);
  EXPECT_TRUE(log_->Read(0, 100));
  // Other partitions go on.
  const Uuid other = store_->Create("u", 1, {}).value().id;
  EXPECT_EQ(store_->Partition(other, 0).value()->Append(Batch(1)).fault, AppendFault::kNone);
  // What the page cache shows but the disk never got is not believed at the next start.
  Restart(false);
  EXPECT_FALSE(log_->damage());
  EXPECT_EQ(log_->end(), 6);
  AppendDurably(1);
  EXPECT_EQ(log_->durable_end(), 9);
}

TEST_F(PartitionLogTest, AFullDiskRefusesOneProducerAndGoesOn) {
  AppendDurably(2);
  fs_.SetQuota(fs_.ReadFile(LogFile(0)).value().size() + 2000);
  const std::string before = fs_.ReadFile(LogFile(0)).value();
  const Appended refused = Append(Batch(30));
  EXPECT_EQ(refused.fault, AppendFault::kStorage);
  EXPECT_THAT(refused.message, HasSubstr("No space left on device"));
  EXPECT_EQ(fs_.ReadFile(LogFile(0)).value(), before);
  fs_.SetQuota(1 << 20);
  EXPECT_EQ(Append(Batch(3)).base_offset, 6);
  EXPECT_TRUE(log_->Flush());
}

TEST_F(PartitionLogTest, ATornTailIsCutWhereverItTears) {
  AppendDurably(2);
  const std::string whole = fs_.ReadFile(LogFile(0)).value();
  const size_t keep = kafka::FirstBatch(whole).value().size();
  for (size_t size = keep; size < whole.size(); ++size) {
    log_.reset();
    store_.reset();
    // As a process that died in the middle of a write leaves it.
    ASSERT_TRUE(fs_.Remove(JoinPath(dir(), "checkpoint")));
    ASSERT_TRUE(fs_.Open(LogFile(0), OpenMode::kTruncate).value()->Append(whole.substr(0, size)));
    Start();
    log_ = store_->Partition(id_, 0).value();
    ASSERT_FALSE(log_->damage());
    ASSERT_EQ(log_->end(), 3) << size;
    ASSERT_EQ(fs_.ReadFile(LogFile(0)).value(), whole.substr(0, keep));
  }
}

// After kill -9 the page cache has every whole write, so that a wrong byte is damage.
TEST_F(PartitionLogTest, DamageInTheMiddleIsReportedAndNothingCut) {
  for (const size_t batch : {0, 1, 2}) {
    id_ = store_->Create("t" + std::to_string(batch), 1, {}).value().id;
    log_ = store_->Partition(id_, 0).value();
    AppendDurably(3);
    const std::string whole = fs_.ReadFile(LogFile(0)).value();
    const size_t size = whole.size() / 3;
    const size_t at = batch * size + 100;
    fs_.Damage(LogFile(0), at, static_cast<char>(~whole[at]));
    Restart(true);
    ASSERT_TRUE(log_->damage()) << batch;
    EXPECT_THAT(log_->damage()->message,
                HasSubstr(fmt::format("00000000000000000000.log: damaged at byte {} (offset {})",
                                      batch * size, batch * 3)));
    EXPECT_EQ(Append(Batch(1)).fault, AppendFault::kStorage);
    EXPECT_EQ(fs_.ReadFile(LogFile(0)).value().size(), whole.size());
    EXPECT_EQ(log_->end(), batch < 2 ? 9 : 6);
    fs_.Damage(LogFile(0), at, whole[at]);  // restored from a backup
    Restart(true);
    EXPECT_FALSE(log_->damage());
    EXPECT_EQ(log_->end(), 9);
  }
}

// After the machine went down, batches behind a torn one were never acked; they are kept aside.
TEST_F(PartitionLogTest, APowerFailureMayTearInTheMiddle) {
  AppendDurably(3);
  const std::string whole = fs_.ReadFile(LogFile(0)).value();
  const size_t size = whole.size() / 3;
  boot_ = "boot-2";
  fs_.Damage(LogFile(0), size + 100, '\0');
  Restart(true);
  EXPECT_FALSE(log_->damage());
  EXPECT_EQ(log_->end(), 3);
  EXPECT_EQ(fs_.ReadFile(LogFile(0) + ".cut-" + std::to_string(size)).value().size(), 2 * size);
}

TEST_F(PartitionLogTest, AMissingSegmentIsReported) {
  AppendDurably(60);
  Restart(false);
  const auto names = fs_.List(dir()).value();
  ASSERT_GT(names.size(), 6U);
  log_.reset();
  store_.reset();
  ASSERT_TRUE(fs_.Remove(LogFile(0)));
  Start();
  log_ = store_->Partition(id_, 0).value();
  ASSERT_TRUE(log_->damage());
  EXPECT_THAT(log_->damage()->message, HasSubstr("offsets 0 to"));
}

TEST_F(PartitionLogTest, ACleanRestartReadsNoBatches) {
  AppendDurably(10, 10);
  Restart(false);
  const uint64_t reads = fs_.counts().reads;
  Restart(false);
  // Topic list, cluster id, checkpoint, index, nothing else.
  EXPECT_LT(fs_.counts().reads - reads, 8U);
  EXPECT_EQ(log_->end(), 100);
}

TEST_F(PartitionLogTest, AnEndWithoutChangesWritesNothing) {
  AppendDurably(10, 10);
  Restart(false);
  const uint64_t before = fs_.counts().changes;
  Restart(false);
  EXPECT_EQ(fs_.counts().changes, before);
  AppendDurably(1, 10);
  Restart(false);
  EXPECT_GT(fs_.counts().changes, before);
  EXPECT_EQ(log_->end(), 110);
}

TEST_F(PartitionLogTest, RetentionBySizeDropsWholeSegments) {
  AppendDurably(60);
  const uint64_t before = log_->size_bytes();
  ASSERT_TRUE(store_->AlterConfig("t", {{"retention.bytes", "9000"}}));
  ASSERT_TRUE(log_->ApplyRetention());
  EXPECT_LT(log_->size_bytes(), before);
  EXPECT_GE(log_->size_bytes(), 9000U);
  EXPECT_LT(log_->size_bytes(), 9000U + 4000U);
  EXPECT_GT(log_->log_start(), 0);
  EXPECT_EQ(log_->Read(log_->log_start() - 1, 10).error().code, Code::kNotFound);
  EXPECT_TRUE(log_->Read(log_->log_start(), 10));
  const int64_t start = log_->log_start();
  Restart(true);
  EXPECT_EQ(log_->log_start(), start);
  EXPECT_EQ(log_->end(), 180);
}

TEST_F(PartitionLogTest, RetentionByTimeCountsFromTheAppend) {
  ASSERT_TRUE(store_->AlterConfig("t", {{"retention.ms", "1000"}}));
  AppendDurably(30);  // timestamps of 1970
  ASSERT_TRUE(log_->ApplyRetention());
  EXPECT_EQ(log_->log_start(), 0);
  clock_.Advance(2 * kNanosPerSecond);
  ASSERT_TRUE(log_->ApplyRetention());
  EXPECT_EQ(log_->log_start(), 90);
  EXPECT_EQ(log_->size_bytes(), 0U);
  AppendDurably(1);
  EXPECT_EQ(log_->Read(90, 10).value().next_offset, 93);
}

/// The wall clock alone is set wrong, by a year; housekeeping goes on twice a minute.
class JumpingClockTest : public PartitionLogTest {
 protected:
  static constexpr Nanos kHour = 3'600 * kNanosPerSecond;
  static constexpr Nanos kYear = kHour * 24 * 365;

  JumpingClockTest() {
    EXPECT_TRUE(store_->AlterConfig("t", {{"retention.ms", "86400000"}}));
    clock_.Advance(2 * kHour);
  }
  void Jump(Nanos by) { clock_.Jump(clock_.Now() + by); }
  void KeepHouse(Nanos span) {
    for (Nanos end = clock_.Monotonic() + span; clock_.Monotonic() < end;) {
      clock_.Advance(std::min<Nanos>(end - clock_.Monotonic(), span / 120 + 1));
      store_->Housekeeping();
    }
  }
};

TEST_F(JumpingClockTest, RecordsOutliveAClockThatIsAheadForAWhile) {
  AppendDurably(30);
  Jump(kYear);
  KeepHouse(kHour / 2);
  AppendDurably(30);
  Jump(-kYear);
  KeepHouse(23 * kHour);
  EXPECT_EQ(log_->log_start(), 0) << "no record is a day old";
  KeepHouse(4 * kHour);
  EXPECT_EQ(log_->log_start(), 180) << "and those of the wrong hour do not stay for a year";
}

TEST_F(JumpingClockTest, RecordsOutliveAClockThatIsBehindForAWhile) {
  AppendDurably(30);
  KeepHouse(kHour);
  Jump(-kYear);
  KeepHouse(kHour / 2);
  AppendDurably(30);
  Jump(kYear);
  KeepHouse(20 * kHour);
  EXPECT_EQ(log_->log_start(), 0) << "no record is a day old";
  KeepHouse(10 * kHour);
  EXPECT_GT(log_->log_start(), 0);
}

TEST_F(JumpingClockTest, AppendsAndReadsGoOnThroughJumps) {
  int64_t end = 0;
  for (const Nanos jump : {kHour, kYear, -2 * kYear, -50 * kYear, 51 * kYear}) {
    Jump(jump);
    AppendDurably(3);
    store_->Housekeeping();
    end += 9;
    EXPECT_EQ(log_->durable_end(), end);
    EXPECT_EQ(log_->log_start(), 0);
  }
}

TEST_F(JumpingClockTest, ADuplicateIsKnownAfterAClockWasAhead) {
  const std::string batch = Batch(2, {.producer_id = 5, .producer_epoch = 0, .base_sequence = 0});
  ASSERT_EQ(log_->Append(batch).fault, AppendFault::kNone);
  Jump(kYear);
  KeepHouse(kHour / 2);
  Jump(-kYear);
  EXPECT_TRUE(log_->Append(batch).duplicate);
}

TEST_F(PartitionLogTest, TruncationIsRememberedInsideASegment) {
  AppendDurably(5);
  EXPECT_EQ(log_->TruncateBefore(7).value(), 7);
  EXPECT_EQ(log_->TruncateBefore(4).value(), 7);
  Restart(true);
  EXPECT_EQ(log_->log_start(), 7);
  EXPECT_EQ(log_->Read(6, 10).error().code, Code::kNotFound);
  const RawBatches read = log_->Read(7, 10).value();
  EXPECT_EQ(kafka::FirstBatch(read.bytes).value().base_offset(), 6);  // whole batches
  EXPECT_EQ(log_->TruncateBefore(1000).value(), 15);
}

TEST_F(PartitionLogTest, SegmentsRollByAge) {
  AppendDurably(1);
  ASSERT_TRUE(store_->AlterConfig("t", {{"segment.ms", "5000"}}));
  AppendDurably(1);
  clock_.Advance(6 * kNanosPerSecond);
  AppendDurably(1);
  EXPECT_TRUE(fs_.Exists(LogFile(6)).value());
  EXPECT_FALSE(fs_.Exists(LogFile(3)).value());
}

TEST_F(PartitionLogTest, LogAppendTimeIsStamped) {
  ASSERT_TRUE(store_->AlterConfig("t", {{"message.timestamp.type", "LogAppendTime"}}));
  const Appended appended = Append(Batch(2));
  EXPECT_EQ(appended.log_append_time_ms, 1'700'000'000'000);
  ASSERT_TRUE(log_->Flush());
  const RawBatches read = log_->Read(0, 1000).value();
  EXPECT_TRUE(kafka::FirstBatch(read.bytes).value().Check());
  EXPECT_EQ(log_->FindTimestamp(1'600'000'000'000).value()->timestamp_ms, 1'700'000'000'000);
}

TEST_F(PartitionLogTest, WeakAcksDoNotWaitButReadersDo) {
  ASSERT_TRUE(store_->AlterConfig("t", {{"flush.messages", "1000000"}}));
  const Appended appended = Append(Batch(2));
  bool acked = false;
  log_->WhenAcked(appended.end_offset, [&](const Result<void>& ok) { acked = ok.has_value(); });
  EXPECT_TRUE(acked);
  EXPECT_EQ(log_->durable_end(), 0);
  EXPECT_TRUE(log_->Read(0, 100).value().bytes.empty());
}

TEST_F(PartitionLogTest, FindsOffsetsAndTimesAsBruteForceDoes) {
  Random random(4);
  std::vector<int64_t> times;
  for (int i = 0; i < 300; ++i) {
    const auto count = static_cast<int>(1 + random.Below(5));
    const int64_t time = 1000 + i * 10 + random.Between(-40, 40);
    for (int j = 0; j < count; ++j) times.push_back(time + j);
    ASSERT_EQ(Append(Batch(count, {}, time)).fault, AppendFault::kNone);
  }
  ASSERT_TRUE(log_->Flush());
  ASSERT_TRUE(log_->TruncateBefore(17));
  for (int round = 0; round < 2; ++round) {
    for (int64_t time = 900; time < 4200; time += 7) {
      const auto at =
          std::find_if(times.begin() + 17, times.end(), [&](int64_t t) { return t >= time; });
      const auto found = log_->FindTimestamp(time).value();
      ASSERT_EQ(found.has_value(), at != times.end()) << time;
      if (found) {
        EXPECT_EQ(found->offset, at - times.begin()) << time;
      }
    }
    const auto latest = std::max_element(times.begin() + 17, times.end());
    EXPECT_EQ(log_->FindMaxTimestamp().value()->offset, latest - times.begin());
    for (int64_t offset = 17; offset < std::ssize(times); ++offset) {
      const RawBatches read = log_->Read(offset, 1).value();
      const auto batch = kafka::FirstBatch(read.bytes).value();
      ASSERT_LE(batch.base_offset(), offset);
      ASSERT_GT(batch.next_offset(), offset);
    }
    Restart(round == 0);
  }
}

TEST_F(PartitionLogTest, AFlushThatFailsInARollIsNotedToo) {
  AppendDurably(5);
  const int64_t durable = log_->durable_end();
  fs_.FailSync(1, ".log");
  for (int i = 0; i < 20 && !log_->damage(); ++i) Append(Batch(3));
  ASSERT_TRUE(log_->damage());
  // The page cache shows what was lost; the next process must not build on it.
  Restart(false);
  EXPECT_EQ(log_->end(), durable);
  AppendDurably(2);
  EXPECT_EQ(fs_.counts().retried_syncs, 0U);
}

TEST_F(PartitionLogTest, ACutMarkThatCouldNotBeTakenAwayDoesNotCutTwice) {
  for (uint64_t nth = 1; nth < 30; ++nth) {
    AppendDurably(1);
    Append(Batch(3));
    fs_.FailSync(1, ".log");
    ASSERT_FALSE(log_->Flush());
    log_.reset();
    store_.reset();
    Start();
    fs_.FailCall(nth);
    (void)store_->Partition(id_, 0);
    fs_.FailCall(0);
    log_ = store_->Partition(id_, 0).value();
    AppendDurably(2);
    const int64_t durable = log_->durable_end();
    Restart(true);
    ASSERT_EQ(log_->durable_end(), durable) << nth;
  }
}

// The mark needs room for a file, and a full disk may be why the flush failed.
TEST_F(PartitionLogTest, AFailedFlushIsNotedOnADiskThatIsFullToo) {
  for (const bool killed : {false, true}) {
    AppendDurably(2);
    const int64_t durable = log_->durable_end();
    Append(Batch(3));
    fs_.FailSync(1, ".log");
    fs_.SetQuota(0);
    if (killed) {
      ASSERT_FALSE(log_->Flush());
      fs_.CutPower();
    } else {
      fs_.FailChange(2);  // the first try to cut, which a stop has to do by itself
    }
    log_.reset();
    store_.reset();
    if (killed) fs_.Kill();
    fs_.SetQuota(1 << 20);
    Start();
    log_ = store_->Partition(id_, 0).value();
    ASSERT_FALSE(log_->damage());
    EXPECT_EQ(log_->end(), durable) << "the page cache shows what was lost";
    AppendDurably(1);
    Restart(true);
    EXPECT_EQ(log_->durable_end(), durable + 3);
    EXPECT_EQ(fs_.counts().retried_syncs, 0U);
  }
}

TEST_F(PartitionLogTest, ASegmentWhoseNameCouldNotBeFlushedIsMadeAgain) {
  const auto fill = [&] {
    Appended last;
    for (int i = 0; i < 30 && last.fault == AppendFault::kNone; ++i) last = Append(Batch(3));
    return last;
  };
  for (uint64_t nth = 1; nth < 40; ++nth) {
    fs_.FailCall(nth);
    fill();
    fs_.FailCall(0);
    if (log_->damage()) Restart(false);
    const Appended next = Append(Batch(1));
    ASSERT_EQ(next.fault, AppendFault::kNone) << nth << ": " << next.message;
  }
}

// The name of the new segment may be there afterwards, so the old one must be whole.
TEST_F(PartitionLogTest, ARollThatFailedIsNoDamageAfterAPowerCut) {
  for (uint64_t round = 1; round <= 300; ++round) {
    fs_.FailCall(10 + round % 16);
    for (int i = 0; i < 8; ++i) {
      if (Append(Batch(9)).fault != AppendFault::kNone) break;
    }
    fs_.FailCall(0);
    if (!log_->damage()) Append(Batch(1));  // there would still be room in the old one
    const int64_t durable = log_->durable_end();
    LosePower(round);
    ASSERT_FALSE(log_->damage()) << round << ": " << log_->damage()->message;
    ASSERT_GE(log_->end(), durable) << round;
    AppendDurably(1);
  }
}

TEST_F(PartitionLogTest, ATopicWhoseDeletionIsInDoubtTakesNoRecords) {
  AppendDurably(2);
  bool doubtful = false;
  for (uint64_t nth = 1; !doubtful; ++nth) {
    ASSERT_LT(nth, 30U);
    fs_.FailCall(nth);
    const auto deleted = store_->Delete("t");
    fs_.FailCall(0);
    ASSERT_FALSE(deleted) << nth;
    if (store_->Find("t")) {
      ASSERT_EQ(Append(Batch(1)).fault, AppendFault::kNone);
      ASSERT_TRUE(log_->Flush());
      continue;
    }
    doubtful = true;
    EXPECT_THAT(deleted.error().message, HasSubstr("shows at the next start"));
    EXPECT_EQ(Append(Batch(1)).fault, AppendFault::kStorage);
  }
}

TEST_F(PartitionLogTest, ManyAppendersAndReadersAgree) {
  store_->AlterConfig("t", {{"segment.bytes", "100000"}}).value();
  std::atomic<bool> done = false;
  std::thread reader([&] {
    int64_t offset = 0;
    while (!done || offset < log_->durable_end()) {
      const auto read = log_->Read(offset, 5000);
      ASSERT_TRUE(read) << read.error().message;
      offset = read->next_offset;
      if (read->bytes.empty()) std::this_thread::yield();
    }
    EXPECT_EQ(offset, 4 * 200 * 3);
  });
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(Append(Batch(3)).fault, AppendFault::kNone);
        EXPECT_TRUE(i % 10 != 0 || log_->Flush());
      }
      EXPECT_TRUE(log_->Flush());
    });
  }
  for (auto& writer : writers) writer.join();
  done = true;
  reader.join();
}

}  // namespace
}  // namespace ticklake::broker
