// Every byte of the last batches cut off or flipped, and of the small files beside them: what is
// intact is kept, damage to what was acked is reported and not cut, nothing wrong is ever read.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/memory_fs.h"
#include "base/test_report.h"
#include "broker/log/log_format.h"
#include "broker/log/segment_log_reader.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"

namespace ticklake::broker {
namespace {

using Files = std::map<std::string, std::string>;
using Values = std::vector<std::string>;

constexpr int kBatches = 4;
constexpr int kRecords = 3;
constexpr char kSameBoot[] = "boot-1";
constexpr char kNextBoot[] = "boot-2";

void AddFiles(FileSystem& fs, const std::string& folder, Files& files) {
  const auto names = fs.List(folder).value();
  for (const std::string& name : names) {
    const std::string path = JoinPath(folder, name);
    if (fs.IsDirectory(path).value()) {
      AddFiles(fs, path, files);
    } else {
      files[path] = fs.ReadFile(path).value();
    }
  }
}

/// A broker on a disk with these files.
struct Broker {
  explicit Broker(const Files& files, const std::string& boot = kSameBoot) {
    for (const auto& [path, content] : files) {
      EXPECT_TRUE(fs.MakeDirs(ParentPath(path)));
      EXPECT_TRUE(fs.WriteFileAtomically(path, content));
    }
    auto opened = TopicStore::Open(
        {.fs = &fs, .clock = &clock, .dir = "broker", .background = false, .boot_id = boot});
    if (!opened) {
      error = opened.error();
      return;
    }
    store = std::move(*opened);
    const auto topic = store->Find("t");
    if (!topic) return;
    auto partition = store->Partition(topic->id, 0);
    if (partition) log = *partition;
    if (!partition) error = partition.error();
  }

  /// All that the sink would read; damaged batches are stepped over.
  Values Read() {
    const auto reader = NewSegmentLogReader(*store);
    const kafka::LogId id{store->cluster_id(), store->Find("t")->id, 0};
    Values values;
    int64_t offset = log->log_start();
    while (offset < log->durable_end()) {
      const auto chunk = reader->Read(id, offset, 1000);
      if (!chunk) {
        EXPECT_EQ(chunk.error().code, Code::kCorrupt) << chunk.error().message;
        const auto next = reader->NextBatchOffset(id, offset);
        EXPECT_TRUE(next) << next.error().message;
        if (!next || *next <= offset) break;
        skipped = true;
        offset = *next;
        continue;
      }
      for (const auto& record : chunk->records) values.emplace_back(*record.value);
      EXPECT_GT(chunk->next_offset, offset);
      if (chunk->next_offset <= offset) break;
      offset = chunk->next_offset;
    }
    return values;
  }

  MemoryFileSystem fs;
  ManualClock clock{1'700'000'000 * kNanosPerSecond};
  std::optional<Error> error;
  std::unique_ptr<TopicStore> store;
  std::shared_ptr<PartitionLog> log;
  bool skipped = false;
};

std::string BatchOf(int n) {
  kafka::BatchBuilder builder(
      {.producer_id = 5, .producer_epoch = 0, .base_sequence = kRecords * n});
  Values values;
  for (int i = 0; i < kRecords; ++i) values.push_back(fmt::format("value {}", kRecords * n + i));
  for (const std::string& value : values) builder.Add({.value = value, .timestamp_ms = 1000 + n});
  return builder.Build().value();
}

/// The values of all batches but those in [from, to).
Values AllBut(int from, int to) {
  Values values;
  for (int n = 0; n < kBatches; ++n) {
    for (int i = 0; i < kRecords && (n < from || n >= to); ++i) {
      values.push_back(fmt::format("value {}", kRecords * n + i));
    }
  }
  return values;
}

class LastBatch : public testing::Test {
 protected:
  LastBatch() {
    spdlog::set_level(spdlog::level::off);  // faults are reported loudly
    Broker broker({});
    id_ = broker.store->Create("t", 1, {})->id;
    (void)broker.store->NewProducerId();
    const auto log = broker.store->Partition(id_, 0).value();
    for (int n = 0; n < kBatches; ++n) {
      begins_.push_back(log->size_bytes());
      EXPECT_EQ(log->Append(BatchOf(n)).fault, AppendFault::kNone);
    }
    EXPECT_TRUE(log->Flush());
    AddFiles(broker.fs, "broker", killed_);
    EXPECT_TRUE(log->Close());
    AddFiles(broker.fs, "broker", stopped_);
  }

  std::string Folder() const { return "broker/topics/" + id_.ToString() + "/0"; }
  std::string LogFile() const { return Segment::LogPath(Folder(), 0); }
  /// The bits of one byte to flip: all in the long form.
  static std::vector<int> Bits(size_t at) {
    if (LongRun()) return {0, 1, 2, 3, 4, 5, 6, 7};
    return {static_cast<int>(Mix64(at) % 8)};
  }

  /// Calls `check(files, byte, bit)` for the file with each bit of [from, to) flipped.
  template <class Check>
  void FlipEach(const Files& files, const std::string& path, size_t from, size_t to, Check check) {
    for (size_t at = from; at < to; ++at) {
      for (const int bit : Bits(at)) {
        SCOPED_TRACE(fmt::format("{}: bit {} of byte {} flipped", path, bit, at));
        Files bad = files;
        bad[path][at] = static_cast<char>(bad[path][at] ^ (1 << bit));
        check(bad, at, bit);
        ++flips_;
        if (testing::Test::HasFailure()) return;
      }
    }
  }
  template <class Check>
  void CutEach(const Files& files, const std::string& path, size_t from, Check check) {
    for (size_t size = from; size < files.at(path).size(); ++size) {
      SCOPED_TRACE(fmt::format("{}: cut to {} bytes", path, size));
      Files bad = files;
      bad[path].resize(size);
      check(bad, size);
      ++cuts_;
      if (testing::Test::HasFailure()) return;
    }
  }

  /// The producer goes on behind the first `batches`.
  static void ExpectGoesOn(Broker& broker, int batches) {
    const Appended next = broker.log->Append(BatchOf(batches));
    EXPECT_EQ(next.fault, AppendFault::kNone) << next.message;
    EXPECT_EQ(next.base_offset, kRecords * batches);
    if (batches > 0) {
      EXPECT_TRUE(broker.log->Append(BatchOf(batches - 1)).duplicate);
    }
  }

  /// Bytes of a batch that its checksum leaves out and nobody needs: the leader epoch.
  bool Needless(size_t at, int batch) const {
    const size_t in = at - begins_[static_cast<size_t>(batch)];
    return in >= 12 && in < 16;
  }

  void Tell(const std::string& what) const {
    Report("log-last-batch", fmt::format("{}: {} cuts, {} flipped bits", what, cuts_, flips_));
  }

  Uuid id_;
  std::vector<size_t> begins_;  // of the batches
  Files killed_;                // the process was killed: nothing is in the checkpoint
  Files stopped_;               // it was stopped: all is
  size_t flips_ = 0;
  size_t cuts_ = 0;
};

TEST_F(LastBatch, CutAnywhereTheIntactOnesStay) {
  for (const char* boot : {kSameBoot, kNextBoot}) {
    CutEach(killed_, LogFile(), begins_[2], [&](const Files& bad, size_t size) {
      const int whole = size < begins_[3] ? 2 : 3;
      Broker broker(bad, boot);
      ASSERT_NE(broker.log, nullptr);
      EXPECT_FALSE(broker.log->damage()) << "a torn write is no damage";
      EXPECT_EQ(broker.Read(), AllBut(whole, kBatches));
      ExpectGoesOn(broker, whole);
    });
  }
  Tell("last two batches, torn");
}

TEST_F(LastBatch, CutBelowWhatTheCheckpointKnowsItIsDamage) {
  CutEach(stopped_, LogFile(), begins_[2], [&](const Files& bad, size_t size) {
    Broker broker(bad, kNextBoot);
    ASSERT_NE(broker.log, nullptr);
    ASSERT_TRUE(broker.log->damage());
    EXPECT_NE(broker.log->damage()->message.find("had been flushed"), std::string::npos);
    EXPECT_EQ(broker.Read(), AllBut(size < begins_[3] ? 2 : 3, kBatches));
    EXPECT_EQ(broker.log->Append(BatchOf(4)).fault, AppendFault::kStorage);
    EXPECT_EQ(broker.fs.ReadFile(LogFile())->size(), size) << "nothing may be cut";
  });
  Tell("last two batches, cut though a checkpoint had them");
}

// The page cache kept every whole write, so that a wrong one can only be damage.
TEST_F(LastBatch, FlippedWithoutAMachineCrashItIsReportedAndNothingIsCut) {
  for (const int batch : {2, 3}) {
    const size_t begin = begins_[static_cast<size_t>(batch)];
    const size_t end = batch == 3 ? killed_.at(LogFile()).size() : begins_[3];
    FlipEach(killed_, LogFile(), begin, end, [&](const Files& bad, size_t at, int) {
      Broker broker(bad, kSameBoot);
      ASSERT_NE(broker.log, nullptr);
      if (Needless(at, batch)) {
        EXPECT_EQ(broker.Read(), AllBut(0, 0));
        return;
      }
      ASSERT_TRUE(broker.log->damage());
      const std::string place =
          fmt::format("{}: damaged at byte {} (offset {})", LogFile(), begin, kRecords * batch);
      EXPECT_NE(broker.log->damage()->message.find(place), std::string::npos)
          << broker.log->damage()->message;
      EXPECT_EQ(broker.Read(), AllBut(batch, batch + 1)) << "all others can be read";
      EXPECT_EQ(broker.log->Append(BatchOf(4)).fault, AppendFault::kStorage);
      EXPECT_EQ(*broker.fs.ReadFile(LogFile()), bad.at(LogFile())) << "nothing may be cut";
    });
  }
  Tell("last two batches, same boot");
}

// After a machine crash the same may be a write that was never flushed. It is cut off, and kept
// beside the log if whole batches follow it.
TEST_F(LastBatch, FlippedBeforeAMachineCrashItIsCutAndWhatFollowsIsKeptAside) {
  for (const int batch : {2, 3}) {
    const size_t begin = begins_[static_cast<size_t>(batch)];
    const size_t end = batch == 3 ? killed_.at(LogFile()).size() : begins_[3];
    FlipEach(killed_, LogFile(), begin, end, [&](const Files& bad, size_t at, int) {
      Broker broker(bad, kNextBoot);
      ASSERT_NE(broker.log, nullptr);
      EXPECT_FALSE(broker.log->damage());
      if (Needless(at, batch)) {
        EXPECT_EQ(broker.Read(), AllBut(0, 0));
        return;
      }
      EXPECT_EQ(broker.Read(), AllBut(batch, kBatches));
      if (batch == 2) {
        EXPECT_TRUE(*broker.fs.Exists(fmt::format("{}{}{}", LogFile(), kCutSuffix, begin)));
      }
      ExpectGoesOn(broker, batch);
    });
  }
  Tell("last two batches, next boot");
}

// What the checkpoint vouches for is not looked at until it is read.
TEST_F(LastBatch, FlippedBehindACheckpointItIsMetByTheReader) {
  for (const int batch : {2, 3}) {
    const size_t end = batch == 3 ? stopped_.at(LogFile()).size() : begins_[3];
    FlipEach(stopped_, LogFile(), begins_[static_cast<size_t>(batch)], end,
             [&](const Files& bad, size_t at, int) {
               Broker broker(bad, kNextBoot);
               ASSERT_NE(broker.log, nullptr);
               const bool needless = Needless(at, batch);
               EXPECT_EQ(broker.Read(), needless ? AllBut(0, 0) : AllBut(batch, batch + 1));
               EXPECT_EQ(broker.skipped, !needless);
             });
  }
  Tell("last two batches, behind a checkpoint");
}

TEST_F(LastBatch, WithoutItsCheckpointOrIndexTheLogIsWhole) {
  const std::string checkpoint = JoinPath(Folder(), kCheckpointFile);
  const std::string index = Segment::IndexPath(Folder(), 0);
  const auto whole = [&](const Files& bad) {
    Broker broker(bad, kNextBoot);
    if (broker.error && broker.error->code == Code::kUnsupported) {
      EXPECT_NE(broker.error->message.find("newer"), std::string::npos);
      return;
    }
    ASSERT_NE(broker.log, nullptr);
    EXPECT_FALSE(broker.log->damage());
    EXPECT_EQ(broker.Read(), AllBut(0, 0));
    ExpectGoesOn(broker, kBatches);
  };
  for (const std::string& path : {checkpoint, index}) {
    CutEach(stopped_, path, 0, [&](const Files& bad, size_t) { whole(bad); });
    FlipEach(stopped_, path, 0, stopped_.at(path).size(),
             [&](const Files& bad, size_t, int) { whole(bad); });
  }
  Tell("checkpoint and index");
}

TEST_F(LastBatch, ADamagedListOfTopicsIsRefusedByName) {
  for (const std::string_view name : {kTopicsFile, kClusterFile, kProducerIdsFile}) {
    const std::string path = JoinPath("broker", name);
    const auto refused = [&](const Files& bad) {
      Broker broker(bad, kNextBoot);
      std::optional<Error> error = broker.error;
      if (name == kProducerIdsFile) {
        EXPECT_EQ(broker.Read(), AllBut(0, 0)) << "nothing else is harmed";
        const auto id = broker.store->NewProducerId();
        if (!id) error = id.error();
      }
      ASSERT_TRUE(error);
      EXPECT_TRUE(error->code == Code::kCorrupt || error->code == Code::kUnsupported);
      EXPECT_NE(error->message.find(path), std::string::npos) << error->message;
      EXPECT_EQ(*broker.fs.ReadFile(path), bad.at(path)) << "the evidence stays";
    };
    CutEach(stopped_, path, 0, [&](const Files& bad, size_t) { refused(bad); });
    FlipEach(stopped_, path, 0, stopped_.at(path).size(),
             [&](const Files& bad, size_t, int) { refused(bad); });
  }
  Tell("topics.meta, cluster, producer-ids");
}

}  // namespace
}  // namespace ticklake::broker
