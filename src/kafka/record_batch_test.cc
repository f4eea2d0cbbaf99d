#include "kafka/record_batch.h"

#include <gmock/gmock.h>

#include <limits>

#include "base/crc32c.h"
#include "base/random.h"
#include "base/test_memory.h"
#include "base/test_report.h"
#include "kafka/batch_builder.h"

namespace ticklake::kafka {
namespace {

using ::testing::HasSubstr;

constexpr Compression kCodecs[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                   Compression::kLz4, Compression::kZstd};

/// A record with memory of its own.
struct Owned {
  std::optional<std::string> key;
  std::optional<std::string> value;
  int64_t timestamp = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

std::optional<std::string> MaybeBytes(Random& random) {
  if (random.Chance(1, 5)) return std::nullopt;
  std::string bytes(random.Below(random.Chance(1, 20) ? 5000 : 40), '\0');
  for (char& c : bytes) c = static_cast<char>(random.Below(8));
  return bytes;
}

std::vector<Owned> SomeRecords(Random& random) {
  std::vector<Owned> records(1 + random.Below(50));
  for (Owned& record : records) {
    record.key = MaybeBytes(random);
    record.value = MaybeBytes(random);
    record.timestamp = random.Between(-1, 2'000'000'000'000);
    for (uint64_t i = random.Below(3); i > 0; --i) {
      record.headers.emplace_back(std::string(random.Below(5), 'h'), MaybeBytes(random));
    }
  }
  return records;
}

std::string Build(const std::vector<Owned>& records, BatchOptions options) {
  BatchBuilder builder(options);
  for (const Owned& record : records) {
    NewRecord add{record.key, record.value, record.timestamp, {}};
    for (const auto& [name, value] : record.headers) add.headers.push_back({name, value});
    builder.Add(add);
  }
  return builder.Build().value();
}

TEST(RecordBatchTest, WhatIsBuiltIsReadBack) {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    const auto records = SomeRecords(random);
    const auto base = static_cast<int64_t>(random.Below(1'000'000));
    const std::string bytes =
        Build(records, {.base_offset = base, .compression = kCodecs[round % 5]});
    const std::string more = bytes + "next";
    const RecordBatch batch = FirstBatch(more).value();
    ASSERT_EQ(batch.size(), bytes.size());
    ASSERT_TRUE(CheckProduced(batch));
    const size_t skip = random.Below(records.size());
    RecordChunk chunk;
    ASSERT_TRUE(AppendRecords(batch, base + static_cast<int64_t>(skip), chunk));
    ASSERT_EQ(chunk.records.size(), records.size() - skip);
    EXPECT_EQ(chunk.next_offset, base + static_cast<int64_t>(records.size()));
    for (size_t i = 0; i < chunk.records.size(); ++i) {
      const Record& got = chunk.records[i];
      const Owned& want = records[i + skip];
      EXPECT_EQ(got.offset, base + static_cast<int64_t>(i + skip));
      EXPECT_EQ(got.timestamp_ms, want.timestamp);
      EXPECT_EQ(got.key, want.key);
      EXPECT_EQ(got.value, want.value);
      ASSERT_EQ(got.header_count, want.headers.size());
      for (size_t h = 0; h < want.headers.size(); ++h) {
        EXPECT_EQ(chunk.headers[got.header_begin + h].name, want.headers[h].first);
        EXPECT_EQ(chunk.headers[got.header_begin + h].value, want.headers[h].second);
      }
    }
  }
}

TEST(RecordBatchTest, IsReadInPartsOfAnySize) {
  Random random(13);
  for (int round = 0; round < 300; ++round) {
    const std::string bytes =
        Build(SomeRecords(random), {.base_offset = 50, .compression = kCodecs[round % 5]});
    const RecordBatch batch = FirstBatch(bytes).value();
    RecordChunk whole;
    ASSERT_TRUE(AppendRecords(batch, 0, whole));
    size_t seen = 0;
    for (int64_t from = 0; from < batch.next_offset();) {
      RecordChunk part;
      ASSERT_TRUE(AppendRecords(batch, from, part, random.Below(500)));
      ASSERT_GT(part.next_offset, from);
      from = part.next_offset;
      for (const Record& record : part.records) {
        const Record& want = whole.records.at(seen++);
        ASSERT_EQ(record.offset, want.offset);
        EXPECT_EQ(record.key, want.key);
        EXPECT_EQ(record.value, want.value);
        EXPECT_EQ(record.header_count, want.header_count);
      }
    }
    EXPECT_EQ(seen, whole.records.size());
  }
}

// Of each codec: little that becomes much is checked record by record, and read part by part.
TEST(RecordBatchTest, ABombTakesTheMemoryOfAPart) {
  if (!FiguresCount()) GTEST_SKIP() << "a sanitizer's own memory is many times that";
  constexpr int64_t kMiB = 1 << 20;
  constexpr int kRecords = 24;
  const std::string value(kMiB, 'x');
  for (const Compression codec : kCodecs) {
    if (codec == Compression::kNone) continue;
    BatchBuilder builder({.compression = codec});
    for (int i = 0; i < kRecords; ++i) builder.Add({.value = value});
    const std::string bytes = builder.Build().value();
    const RecordBatch batch = FirstBatch(bytes).value();
    // Snappy's own format has one block, which cannot be had in parts.
    const int64_t block = codec == Compression::kSnappy ? kRecords * kMiB : 0;
    {
      const PeakMemory peak;
      ASSERT_TRUE(CheckProduced(batch));
      EXPECT_LE(peak.bytes(), block + 8 * kMiB) << CompressionName(codec);
    }
    const PeakMemory peak;
    int count = 0;
    for (int64_t from = 0; from < kRecords;) {
      RecordChunk part;
      ASSERT_TRUE(AppendRecords(batch, from, part, 4 * kMiB));
      from = part.next_offset;
      count += static_cast<int>(part.records.size());
      for (const Record& record : part.records) ASSERT_EQ(record.value, value);
    }
    EXPECT_EQ(count, kRecords);
    EXPECT_LE(peak.bytes(), block + 14 * kMiB) << CompressionName(codec);
  }
}

TEST(RecordBatchTest, TooManyHeadersAreRefused) {
  for (const uint32_t more : {0U, 1U}) {
    BatchBuilder builder;
    NewRecord record;
    record.headers.assign(kMaxRecordHeaders + more, {"", std::nullopt});
    builder.Add(record);
    const std::string bytes = builder.Build().value();
    const auto checked = CheckProduced(FirstBatch(bytes).value());
    EXPECT_EQ(checked.has_value(), more == 0);
    RecordChunk chunk;
    EXPECT_EQ(AppendRecords(FirstBatch(bytes).value(), 0, chunk).has_value(), more == 0);
    const std::string said = checked ? "" : checked.error().message;
    EXPECT_EQ(said.contains("100001 headers, the most is"), more == 1) << said;
  }
}

TEST(RecordBatchTest, AnyChangedByteIsNoticed) {
  Random random(12);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = Build(SomeRecords(random), {.compression = kCodecs[round % 5]});
    // Base offset and leader epoch are the broker's to change.
    size_t at = kMagicAt + random.Below(bytes.size() - kMagicAt);
    if (random.Chance(1, 10)) at = kLengthAt + random.Below(4);
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 << random.Below(8)));
    const auto batch = FirstBatch(bytes);
    EXPECT_FALSE(batch && CheckProduced(*batch)) << at;
  }
}

TEST(RecordBatchTest, EveryCutIsNoticed) {
  const std::string bytes = Build({{.key = "k", .value = "v"}}, {});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(FirstBatch(bytes.substr(0, size)).error().code, Code::kCorrupt) << size;
  }
}

TEST(RecordBatchTest, OldFormatsAndLyingHeadersAreRefused) {
  const std::string good = Build({{.value = "a"}, {.value = "b"}}, {});
  std::string old = good;
  old[kMagicAt] = 1;
  EXPECT_EQ(FirstBatch(old).error().code, Code::kUnsupported);
  const auto refused = [&](size_t at, auto value) {
    std::string bad = good;
    StoreBig(bad.data() + at, value);
    StoreBig(bad.data() + kCrcAt, Crc32c(std::string_view(bad).substr(kAttributesAt)));
    const auto batch = FirstBatch(bad);
    return !batch || !CheckProduced(*batch);
  };
  EXPECT_TRUE(refused(kRecordCountAt, int32_t{1}));
  EXPECT_TRUE(refused(kRecordCountAt, int32_t{3}));
  EXPECT_TRUE(refused(kRecordCountAt, int32_t{-1}));
  EXPECT_TRUE(refused(kRecordCountAt, INT32_MAX));
  EXPECT_TRUE(refused(kLastOffsetDeltaAt, INT32_MAX));
  EXPECT_TRUE(refused(kLengthAt, int32_t{-1}));
  EXPECT_TRUE(refused(kLengthAt, INT32_MAX));
  EXPECT_TRUE(refused(kAttributesAt, int16_t{7}));
  EXPECT_TRUE(refused(kAttributesAt, kControlBit));
  EXPECT_FALSE(refused(kMaxTimestampAt, int64_t{5}));
}

TEST(RecordBatchTest, OffsetsBeyond64BitsAreRefusedByReadersToo) {
  std::string bytes = Build({{.value = "a"}}, {});
  SetBaseOffset(bytes.data(), std::numeric_limits<int64_t>::max());
  RecordChunk chunk;
  EXPECT_FALSE(AppendRecords(FirstBatch(bytes).value(), 0, chunk));
  SetBaseOffset(bytes.data(), std::numeric_limits<int64_t>::min());
  StoreBig(bytes.data() + kLastOffsetDeltaAt, INT32_MIN);
  EXPECT_FALSE(AppendRecords(FirstBatch(bytes).value(), 0, chunk));
  EXPECT_TRUE(chunk.records.empty());
}

TEST(RecordBatchTest, ABatchOfTooManyRecordsIsRefused) {
  BatchBuilder builder({.compression = Compression::kZstd});
  for (int i = 0; i <= kMaxBatchRecords; ++i) builder.Add({});
  const std::string bytes = builder.Build().value();
  EXPECT_LT(bytes.size(), 4'000'000U);
  const auto refused = CheckProduced(FirstBatch(bytes).value());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
}

TEST(RecordBatchTest, HolesAreLegalInTheLogButNotFromProducers) {
  BatchBuilder builder({.base_offset = 10});
  builder.Add({.value = "a"});
  builder.Skip();
  builder.Add({.value = "c"});
  builder.Skip();
  const std::string bytes = builder.Build().value();
  const RecordBatch batch = FirstBatch(bytes).value();
  EXPECT_TRUE(batch.Check());
  EXPECT_FALSE(CheckProduced(batch));
  RecordChunk chunk;
  ASSERT_TRUE(AppendRecords(batch, 0, chunk));
  ASSERT_EQ(chunk.records.size(), 2U);
  EXPECT_EQ(chunk.records[1].offset, 12);
  EXPECT_EQ(chunk.next_offset, 14);
}

TEST(RecordBatchTest, ControlBatchesHoldNothingForReaders) {
  const std::string bytes = Build({{.key = "k"}}, {.base_offset = 4, .control = true});
  RecordChunk chunk;
  ASSERT_TRUE(AppendRecords(FirstBatch(bytes).value(), 4, chunk));
  EXPECT_TRUE(chunk.records.empty());
  EXPECT_EQ(chunk.next_offset, 5);
}

TEST(RecordBatchTest, PatchesKeepTheCrcAndStampingRenewsIt) {
  std::string bytes = Build({{.value = "a", .timestamp = 1}, {.value = "b", .timestamp = 2}}, {});
  SetBaseOffset(bytes.data(), 77);
  SetLeaderEpoch(bytes.data(), 3);
  EXPECT_TRUE(CheckProduced(FirstBatch(bytes).value()));
  StampLogAppendTime(bytes, 99);
  const RecordBatch batch = FirstBatch(bytes).value();
  EXPECT_TRUE(CheckProduced(batch));
  RecordChunk chunk;
  ASSERT_TRUE(AppendRecords(batch, 78, chunk));
  EXPECT_EQ(chunk.records.at(0).offset, 78);
  EXPECT_EQ(chunk.records.at(0).timestamp_ms, 99);
}

TEST(RecordBatchTest, ABatchThatUnfoldsTooFarIsRefused) {
  BatchBuilder builder({.compression = Compression::kZstd});
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 8; ++i) builder.Add({.value = zeros});
  const std::string bytes = builder.Build().value();
  EXPECT_LT(bytes.size(), 10'000U);
  const RecordBatch batch = FirstBatch(bytes).value();
  EXPECT_TRUE(CheckProduced(batch));
  const auto refused = CheckProduced(batch, 4 << 20);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("more than 4194304 bytes"));
}

}  // namespace
}  // namespace ticklake::kafka
