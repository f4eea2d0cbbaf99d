// The bytes on disk are those of docs/log-format.md, and what a newer version wrote is refused.
#include <gmock/gmock.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/memory_fs.h"
#include "base/random.h"
#include "broker/log/checkpoint.h"
#include "broker/log/log_format.h"
#include "broker/log/open_files.h"
#include "broker/log/segment_index.h"
#include "broker/log/stamped_text.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"

namespace ticklake::broker {
namespace {

using ::testing::HasSubstr;

TEST(LogFormatTest, TheWorkedExampleHolds) {
  MemoryFileSystem fs;
  ManualClock clock(1'732'300'000 * kNanosPerSecond);
  auto store = TopicStore::Open({.fs = &fs,
                                 .clock = &clock,
                                 .dir = "broker",
                                 .topic_defaults = {},
                                 .background = false,
                                 .boot_id = "5f3c9d2e-8a41-4b6f-9c07-d1e2f3a4b5c6"})
                   .value();
  const Topic topic = store->Create("trades", 1, {{"retention.ms", "86400000"}}).value();
  const auto log = store->Partition(topic.id, 0).value();
  kafka::BatchBuilder first({.producer_id = 1000, .producer_epoch = 0, .base_sequence = 0});
  first.Add({.key = "AAPL",
             .value = R"({"price":187.25})",
             .timestamp_ms = 1'732'300'000'000,
             .headers = {}});
  first.Add({.key = "MSFT",
             .value = std::nullopt,
             .timestamp_ms = 1'732'300'000'005,
             .headers = {{"src", "sim"}}});
  kafka::BatchBuilder second;
  second.Add({.key = {}, .value = "x", .timestamp_ms = 1'732'300'000'010, .headers = {}});
  ASSERT_EQ(log->Append(first.Build().value()).fault, AppendFault::kNone);
  ASSERT_EQ(log->Append(second.Build().value()).fault, AppendFault::kNone);
  ASSERT_TRUE(log->Close());

  const std::string dir = "broker/topics/" + topic.id.ToString() + "/0/";
  EXPECT_EQ(Hex(fs.ReadFile(dir + "00000000000000000000.log").value()),
            "00000000000000000000005f00000000026ce5f8b70000000000010000019355"
            "204b000000019355204b0500000000000003e800000000000000000002340000"
            "00084141504c207b227072696365223a3138372e32357d0024000a02084d5346"
            "540102067372630673696d00000000000000020000003900000000020939178d"
            "0000000000000000019355204b0a0000019355204b0affffffffffffffffffff"
            "ffffffff000000010e00000001027800");
  EXPECT_EQ(Hex(fs.ReadFile(dir + "00000000000000000000.index").value()),
            "544c4958000000010000000000000000000000000000000300000000000000b0"
            "0000019355204b0a0000019355204b000000019355204b000000000000000001"
            "0000000000000000ffffffffffffffffdc8d6390");
  EXPECT_EQ(fs.ReadFile(dir + "checkpoint").value(),
            "ticklake-checkpoint 1\nlog-start 0\nrecovered-to 3 segment 0 position 176\n"
            "boot 5f3c9d2e-8a41-4b6f-9c07-d1e2f3a4b5c6\n"
            "producer 1000 epoch 0 appended-ms 1732300000000 0 1 0 1\ncrc ba09ee46\n");
}

TEST(LogFormatTest, DamagedAndNewerTextIsRefused) {
  const std::string text = StampText({"thing", 3}, "a b\nc\n");
  EXPECT_THAT(CheckStamp({"thing", 3}, text, "p").value(), ::testing::ElementsAre("a b", "c"));
  const auto newer = CheckStamp({"thing", 2}, text, "p");
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
  EXPECT_THAT(newer.error().message, HasSubstr("newer Ticklake"));
  EXPECT_EQ(CheckStamp({"other", 3}, text, "p").error().code, Code::kCorrupt);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] ^= 4;
    EXPECT_FALSE(CheckStamp({"thing", 3}, bad, "p")) << i;
    EXPECT_FALSE(CheckStamp({"thing", 3}, text.substr(0, i), "p")) << i;
  }
}

TEST(LogFormatTest, TopicTablesRoundTrip) {
  Random random(1);
  TopicTable table;
  for (int i = 0; i < 20; ++i) {
    const Uuid id = Uuid::From(random);
    table.topics[id] = {"t" + std::to_string(i), id, i + 1, {}};
    if (i % 2 == 0) table.topics[id].config["segment.ms"] = std::to_string(i);
    table.deleted.insert(Uuid::From(random));
  }
  EXPECT_EQ(ParseTopicTable(FormatTopicTable(table), "p").value(), table);
}

TEST(SegmentIndexTest, FindsWhatBruteForceFinds) {
  Random random(2);
  SegmentIndex index(1000);
  std::vector<IndexedBatch> batches;
  int64_t offset = 1000;
  uint64_t position = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto records = static_cast<int64_t>(1 + random.Below(20));
    const IndexedBatch batch{.base_offset = offset,
                             .next_offset = offset + records,
                             .position = position,
                             .size = 61 + random.Below(9000),
                             .max_timestamp = i * 10 + random.Between(-50, 50)};
    index.Add(batch);
    batches.push_back(batch);
    offset = batch.next_offset;
    position += batch.size;
  }
  const SegmentIndex back = SegmentIndex::Parse(index.Serialize(), 1000).value();
  EXPECT_EQ(back.next_offset(), offset);
  EXPECT_EQ(back.covered(), position);
  for (int round = 0; round < 3000; ++round) {
    const IndexedBatch& batch = batches[random.Below(batches.size())];
    const uint64_t at = back.PositionFor(random.Between(batch.base_offset, batch.next_offset - 1));
    EXPECT_LE(at, batch.position);
    EXPECT_LT(batch.position - at, kIndexInterval + 10'000);
    const int64_t time = random.Between(-100, 20'100);
    const uint64_t from = back.PositionForTimestamp(time);
    for (const IndexedBatch& other : batches) {
      if (other.position >= from) break;
      ASSERT_LT(other.max_timestamp, time);
    }
  }
  std::string bad = index.Serialize();
  bad[random.Below(bad.size())] ^= 1;
  EXPECT_FALSE(SegmentIndex::Parse(bad, 1000));
  EXPECT_FALSE(SegmentIndex::Parse(index.Serialize(), 1001));
}

TEST(OpenFilesTest, KeepsNoMoreThanItMay) {
  MemoryFileSystem fs;
  for (char c = 'a'; c < 'k'; ++c) {
    ASSERT_TRUE(fs.Open(std::string(1, c), OpenMode::kAppend).value()->Append("x"));
  }
  OpenFiles files(fs, 3);
  std::vector<std::weak_ptr<File>> seen;
  for (char c = 'a'; c < 'k'; ++c) seen.push_back(files.Get(std::string(1, c)).value());
  EXPECT_EQ(std::ranges::count_if(seen, [](const auto& file) { return !file.expired(); }), 3);
  const auto again = files.Get("j").value();
  EXPECT_EQ(again, seen.back().lock());
  EXPECT_EQ(files.Get("zzz").error().code, Code::kNotFound);
}

TEST(TopicConfigTest, DefaultsAreLegalAndBadValuesAreNamed) {
  for (const ConfigEntry& entry : ConfigTable()) {
    EXPECT_TRUE(ParseTopicConfig({{std::string(entry.name), std::string(entry.default_value)}}));
  }
  EXPECT_TRUE(ParseTopicConfig({}).value().acks_wait_for_disk());
  for (const auto& [name, value] : ConfigMap{{"cleanup.policy", "compact"},
                                             {"retention.ms", "soon"},
                                             {"segment.bytes", "99999999999"},
                                             {"no.such.thing", "1"},
                                             {"retention.bytes", ""}}) {
    const auto parsed = ParseTopicConfig({{name, value}});
    ASSERT_FALSE(parsed) << name;
    EXPECT_THAT(parsed.error().message, HasSubstr(name));
  }
}

TEST(TopicStoreTest, OneProcessOneDirectory) {
  MemoryFileSystem fs;
  const StoreOptions options{.fs = &fs,
                             .clock = &SystemClock(),
                             .dir = "broker",
                             .topic_defaults = {},
                             .background = false,
                             .boot_id = ""};
  auto store = TopicStore::Open(options).value();
  const auto second = TopicStore::Open(options);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("broker/lock: locked by process"));
  ASSERT_TRUE(store->Create("t", 2, {}));
  EXPECT_EQ(store->Create("t", 2, {}).error().code, Code::kAlreadyExists);
  EXPECT_EQ(store->Create("a b", 2, {}).error().code, Code::kInvalid);
  EXPECT_EQ(store->Create("u", 0, {}).error().code, Code::kInvalid);
  EXPECT_EQ(store->Create("u", 1, {{"x", "y"}}).error().code, Code::kInvalid);
  EXPECT_EQ(store->AlterConfig("t", {{"segment.ms", "x"}}).error().code, Code::kInvalid);
  EXPECT_EQ(store->SetPartitions("t", 1).error().code, Code::kInvalid);
  EXPECT_TRUE(store->SetPartitions("t", 3));
  EXPECT_EQ(store->Delete("u").error().code, Code::kNotFound);
  const Uuid id = store->Find("t")->id;
  EXPECT_EQ(store->Partition(id, 3).error().code, Code::kNotFound);
  const auto log = store->Partition(id, 2).value();
  kafka::BatchBuilder builder;
  builder.Add({.key = {}, .value = "x", .timestamp_ms = 1, .headers = {}});
  ASSERT_EQ(log->Append(builder.Build().value()).fault, AppendFault::kNone);
  ASSERT_TRUE(store->Delete("t"));
  EXPECT_EQ(log->Append(builder.Build().value()).fault, AppendFault::kStorage);
  EXPECT_EQ(store->Partition(id, 2).error().code, Code::kNotFound);
  EXPECT_FALSE(fs.Exists("broker/topics/" + id.ToString()).value());
}

TEST(TopicStoreTest, LostMetadataIsNeverTakenForAnEmptyDirectory) {
  spdlog::set_level(spdlog::level::off);
  MemoryFileSystem fs;
  const StoreOptions options{.fs = &fs,
                             .clock = &SystemClock(),
                             .dir = "broker",
                             .topic_defaults = {},
                             .background = false,
                             .boot_id = ""};
  {
    auto store = TopicStore::Open(options).value();
    const Uuid id = store->Create("t", 1, {}).value().id;
    kafka::BatchBuilder builder;
    builder.Add({.key = {}, .value = "x", .timestamp_ms = 1, .headers = {}});
    ASSERT_EQ(store->Partition(id, 0).value()->Append(builder.Build().value()).fault,
              AppendFault::kNone);
  }
  const std::string table = fs.ReadFile("broker/topics.meta").value();
  ASSERT_TRUE(fs.Remove("broker/topics.meta"));
  EXPECT_EQ(TopicStore::Open(options).error().code, Code::kCorrupt);
  ASSERT_TRUE(fs.WriteFileAtomically("broker/topics.meta", table));
  ASSERT_TRUE(fs.Remove("broker/cluster"));
  EXPECT_EQ(TopicStore::Open(options).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace ticklake::broker
