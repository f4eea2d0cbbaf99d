#include "broker/log/segment_log_reader.h"

#include <gmock/gmock.h>

#include "base/memory_fs.h"
#include "kafka/batch_builder.h"
#include "kafka/log_reader_conformance.h"

namespace ticklake::broker {

using kafka::BatchBuilder;
using kafka::OwnedRecord;
using ::testing::HasSubstr;

/// A store on a disk in memory, and its reader.
class SegmentHarness final : public kafka::LogReaderHarness {
 public:
  explicit SegmentHarness(bool background = true) {
    store_ = TopicStore::Open({.fs = &fs_,
                               .clock = &SystemClock(),
                               .dir = "broker",
                               .topic_defaults = {{"segment.bytes", "3000"}},
                               .background = background})
                 .value();
    reader_ = NewSegmentLogReader(*store_);
  }

  kafka::LogReader& reader() override { return *reader_; }
  TopicStore& store() { return *store_; }
  MemoryFileSystem& fs() { return fs_; }
  void CloseStore() {
    reader_.reset();
    store_.reset();
  }

  Result<void> CreateTopic(const std::string& name, int32_t partitions) override {
    TL_TRY(store_->Create(name, partitions, {}));
    return {};
  }
  Result<void> DeleteTopic(const std::string& name) override { return store_->Delete(name); }

  Result<void> Produce(const std::string& topic, int32_t partition,
                       const std::vector<OwnedRecord>& records, kafka::Compression codec) override {
    TL_ASSIGN(const auto log, store_->Partition(store_->Find(topic).value().id, partition));
    BatchBuilder builder({.compression = codec});
    for (const OwnedRecord& record : records) {
      kafka::NewRecord add{record.key, record.value, record.timestamp_ms, {}};
      for (const auto& [name, value] : record.headers) add.headers.push_back({name, value});
      builder.Add(add);
    }
    const Appended appended = log->Append(builder.Build().value());
    if (appended.fault != AppendFault::kNone) return Fail(Code::kInternal, "{}", appended.message);
    return log->Flush();
  }

 private:
  MemoryFileSystem fs_;
  std::unique_ptr<TopicStore> store_;
  std::unique_ptr<kafka::LogReader> reader_;
};

}  // namespace ticklake::broker

namespace ticklake::kafka {

INSTANTIATE_TEST_SUITE_P(Segments, LogReaderConformance,
                         ::testing::Values(LogReaderCase{
                             "InProcess",
                             [] { return std::make_unique<broker::SegmentHarness>(); }}),
                         CaseName);

}  // namespace ticklake::kafka

namespace ticklake::broker {
namespace {

std::vector<OwnedRecord> Values(const std::vector<std::string>& values) {
  std::vector<OwnedRecord> records;
  for (const std::string& value : values) {
    records.push_back({.key = {}, .value = value, .timestamp_ms = 1, .headers = {}});
  }
  return records;
}

/// All values that can be read from `offset` on; damaged batches appear as "-".
std::vector<std::string> ReadOverDamage(kafka::LogReader& reader, const kafka::LogId& log) {
  std::vector<std::string> values;
  int64_t offset = 0;
  while (offset < reader.Bounds(log).value().durable_end) {
    const auto chunk = reader.Read(log, offset, 1 << 20);
    if (chunk) {
      for (const auto& record : chunk->records) values.emplace_back(*record.value);
      offset = chunk->next_offset;
      continue;
    }
    EXPECT_EQ(chunk.error().code, Code::kCorrupt);
    EXPECT_THAT(chunk.error().message, HasSubstr(fmt::format("offset {}", offset)));
    const int64_t next = reader.NextBatchOffset(log, offset).value();
    EXPECT_GT(next, offset);
    for (; offset < next; ++offset) values.emplace_back("-");
  }
  return values;
}

// Any single byte of the middle batch may go bad while the broker runs: its records are lost and
// accounted for, the others are read.
TEST(SegmentLogReaderTest, DamageCostsOneBatch) {
  SegmentHarness harness(false);
  ASSERT_TRUE(harness.CreateTopic("t", 1));
  for (const auto& values : {Values({"a", "b"}), Values({"c", "d", "e"}), Values({"f"})}) {
    ASSERT_TRUE(harness.Produce("t", 0, values, kafka::Compression::kNone));
  }
  const Uuid id = harness.store().Find("t")->id;
  const kafka::LogId log{harness.store().cluster_id(), id, 0};
  const std::string path = "broker/topics/" + id.ToString() + "/0/00000000000000000000.log";
  const std::string whole = harness.fs().ReadFile(path).value();
  const size_t begin = kafka::FirstBatch(whole).value().size();
  const size_t size = kafka::FirstBatch(std::string_view(whole).substr(begin)).value().size();
  for (size_t at = begin; at < begin + size; ++at) {
    const bool epoch = at - begin >= kafka::kLeaderEpochAt && at - begin < kafka::kMagicAt;
    if (epoch) continue;  // not covered by the checksum, and read by nobody
    harness.fs().Damage(path, at, static_cast<char>(whole[at] ^ 0x11));
    EXPECT_THAT(ReadOverDamage(harness.reader(), log),
                ::testing::ElementsAre("a", "b", "-", "-", "-", "f"))
        << "byte " << at - begin;
    harness.fs().Damage(path, at, whole[at]);
  }
}

// A batch of a few kilobytes may hold 60 MiB. All of a Read's batches together must not.
TEST(SegmentLogReaderTest, AReadUnfoldsNoMoreThanItMay) {
  SegmentHarness harness(false);
  ASSERT_TRUE(harness.CreateTopic("t", 1));
  const std::string large(10 << 20, ' ');
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(harness.Produce("t", 0, Values({large}), kafka::Compression::kZstd));
  }
  const kafka::LogId log{harness.store().cluster_id(), harness.store().Find("t")->id, 0};
  int64_t offset = 0;
  for (int reads = 0; offset < 6; ++reads) {
    ASSERT_LT(reads, 6);
    const auto chunk = harness.reader().Read(log, offset, 1 << 20);
    ASSERT_TRUE(chunk);
    EXPECT_LE(chunk->bytes, 32U << 20);
    EXPECT_GE(chunk->bytes, chunk->records.size() * large.size());
    ASSERT_GT(chunk->next_offset, offset);
    EXPECT_EQ(chunk->next_offset - offset, std::ssize(chunk->records));
    offset = chunk->next_offset;
  }
}

TEST(SegmentLogReaderTest, OfflineReadsTheSameOnceNobodyWrites) {
  SegmentHarness harness;
  ASSERT_TRUE(harness.CreateTopic("t", 2));
  ASSERT_TRUE(harness.Produce("t", 1, Values({"a", "b"}), kafka::Compression::kZstd));
  const kafka::LogId log{harness.store().cluster_id(), harness.store().Find("t")->id, 1};
  EXPECT_EQ(OpenOffline(harness.fs(), "broker").error().code, Code::kConflict);
  EXPECT_EQ(OpenOffline(harness.fs(), "elsewhere").error().code, Code::kNotFound);
  harness.CloseStore();
  const uint64_t changes = harness.fs().counts().changes;
  const auto first = OpenOffline(harness.fs(), "broker").value();
  const auto second = OpenOffline(harness.fs(), "broker").value();
  EXPECT_THAT(ReadOverDamage(*first, log), ::testing::ElementsAre("a", "b"));
  EXPECT_THAT(ReadOverDamage(*second, log), ::testing::ElementsAre("a", "b"));
  EXPECT_TRUE(first->EnsureDurable(log, 2));
  EXPECT_EQ(harness.fs().counts().changes, changes);
}

}  // namespace
}  // namespace ticklake::broker
