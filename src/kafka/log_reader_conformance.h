// What every LogReader must do, as one GoogleTest suite run over each implementation.
//
//   INSTANTIATE_TEST_SUITE_P(Segments, LogReaderConformance, ::testing::Values(
//       LogReaderCase{"Segments", [] { return std::make_unique<SegmentHarness>(); }}), CaseName);
//
// Include it in exactly one *_test.cc of a program. Does not test damage: only our own segments can
// be damaged from a test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/compression.h"
#include "kafka/log_reader.h"

namespace ticklake::kafka {

/// A record with memory of its own.
struct OwnedRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  int64_t timestamp_ms = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;

  bool operator==(const OwnedRecord&) const = default;
};

/// A cluster to test against, with a reader of it. Topics' names begin with `prefix`.
class LogReaderHarness {
 public:
  virtual ~LogReaderHarness() = default;
  virtual LogReader& reader() = 0;
  /// Distinguishes topics of tests that share a cluster.
  virtual std::string prefix() { return "t"; }
  virtual Result<void> CreateTopic(const std::string& name, int32_t partitions) = 0;
  virtual Result<void> DeleteTopic(const std::string& name) = 0;
  /// Returns when the records are readable, in one batch or several.
  virtual Result<void> Produce(const std::string& topic, int32_t partition,
                               const std::vector<OwnedRecord>& records, Compression codec) = 0;
};

struct LogReaderCase {
  std::string name;
  std::function<std::unique_ptr<LogReaderHarness>()> make;
};

inline std::string CaseName(const ::testing::TestParamInfo<LogReaderCase>& info) {
  return info.param.name;
}

class LogReaderConformance : public ::testing::TestWithParam<LogReaderCase> {
 protected:
  static constexpr size_t kMuch = 1 << 20;

  LogReaderConformance() : harness_(GetParam().make()) {}

  LogReader& reader() { return harness_->reader(); }
  LogReaderHarness& harness() { return *harness_; }

  std::string Name(const std::string& suffix) { return harness_->prefix() + suffix; }

  std::optional<TopicInfo> Find(const std::string& name) {
    const auto topics = reader().Topics();
    if (!topics) return std::nullopt;
    const auto found = std::ranges::find(*topics, name, &TopicInfo::name);
    return found == topics->end() ? std::nullopt : std::optional(*found);
  }

  /// Makes a topic and names its log.
  LogId NewLog(const std::string& name, int32_t partitions = 1, int32_t partition = 0) {
    EXPECT_TRUE(harness_->CreateTopic(name, partitions));
    return {reader().ClusterId().value_or(""), Find(name).value_or(TopicInfo{}).topic_id,
            partition};
  }

  void Produce(const std::string& topic, const std::vector<OwnedRecord>& records,
               Compression codec = Compression::kNone, int32_t partition = 0) {
    const auto produced = harness_->Produce(topic, partition, records, codec);
    ASSERT_TRUE(produced) << produced.error().message;
  }

  static std::vector<OwnedRecord> Numbered(int from, int to) {
    std::vector<OwnedRecord> records;
    for (int i = from; i < to; ++i) {
      records.push_back({.key = "k" + std::to_string(i % 7),
                         .value = "value-" + std::to_string(i),
                         .timestamp_ms = 1'732'300'000'000 + i,
                         .headers = {}});
    }
    return records;
  }

  static OwnedRecord Own(const Record& record, const RecordChunk& chunk) {
    OwnedRecord owned;
    if (record.key) owned.key = std::string(*record.key);
    if (record.value) owned.value = std::string(*record.value);
    owned.timestamp_ms = record.timestamp_ms;
    for (uint32_t i = 0; i < record.header_count; ++i) {
      const Header& header = chunk.headers.at(record.header_begin + i);
      std::optional<std::string> value;
      if (header.value) value = std::string(*header.value);
      owned.headers.emplace_back(std::string(header.name), std::move(value));
    }
    return owned;
  }

  /// Everything from `offset` to the last stable offset; checks that offsets are dense.
  std::vector<OwnedRecord> ReadAll(const LogId& log, int64_t offset, size_t max_bytes = kMuch) {
    std::vector<OwnedRecord> all;
    const auto bounds = reader().Bounds(log);
    EXPECT_TRUE(bounds);
    while (bounds && offset < bounds->last_stable) {
      const auto chunk = reader().Read(log, offset, max_bytes);
      EXPECT_TRUE(chunk) << chunk.error().message;
      if (!chunk || chunk->next_offset <= offset) break;
      int64_t expected = offset;
      for (const Record& record : chunk->records) {
        EXPECT_EQ(record.offset, expected++);
        all.push_back(Own(record, *chunk));
      }
      EXPECT_EQ(chunk->next_offset, expected);
      offset = chunk->next_offset;
    }
    return all;
  }

 private:
  std::unique_ptr<LogReaderHarness> harness_;
};

TEST_P(LogReaderConformance, AnEmptyLogHasNothing) {
  const LogId log = NewLog(Name("empty"));
  const auto bounds = reader().Bounds(log);
  ASSERT_TRUE(bounds) << bounds.error().message;
  EXPECT_EQ(bounds->log_start, 0);
  EXPECT_EQ(bounds->durable_end, 0);
  EXPECT_EQ(bounds->last_stable, 0);
  const auto chunk = reader().Read(log, 0, kMuch);
  ASSERT_TRUE(chunk) << chunk.error().message;
  EXPECT_TRUE(chunk->records.empty());
  EXPECT_EQ(chunk->next_offset, 0);
}

TEST_P(LogReaderConformance, RecordsComeBackAsTheyWere) {
  const LogId log = NewLog(Name("all"));
  std::vector<OwnedRecord> records = {
      {.key = "k", .value = "v", .timestamp_ms = 1, .headers = {}},
      {.key = std::nullopt, .value = "no key", .timestamp_ms = 1'732'300'000'000, .headers = {}},
      {.key = "tombstone", .value = std::nullopt, .timestamp_ms = 2, .headers = {}},
      {.key = "", .value = "", .timestamp_ms = 3, .headers = {}},
      {.key = std::string("\0\xff", 2),
       .value = std::string("\0\x80\0", 3),
       .timestamp_ms = 4,
       .headers = {}},
      {.key = "h",
       .value = "v",
       .timestamp_ms = 5,
       .headers = {{"a", "1"}, {"a", ""}, {"null", std::nullopt}}},
      {.key = std::nullopt, .value = std::string(100'000, 'x'), .timestamp_ms = 6, .headers = {}},
  };
  std::vector<OwnedRecord> expected;
  for (int codec = 0; codec <= 4; ++codec) {
    Produce(Name("all"), records, static_cast<Compression>(codec));
    expected.insert(expected.end(), records.begin(), records.end());
  }
  const auto read = ReadAll(log, 0);
  ASSERT_EQ(read.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(read[i], expected[i]) << i;
}

TEST_P(LogReaderConformance, ReadsFromAnyOffsetInPiecesOfAnySize) {
  const LogId log = NewLog(Name("pieces"));
  for (int i = 0; i < 300; i += 30) {
    Produce(Name("pieces"), Numbered(i, i + 30),
            i % 60 == 0 ? Compression::kNone : Compression::kLz4);
  }
  const auto all = Numbered(0, 300);
  for (const int64_t from : {0, 1, 29, 30, 31, 150, 299, 300}) {
    for (const size_t max_bytes : {size_t{1}, size_t{700}, kMuch}) {
      EXPECT_EQ(ReadAll(log, from, max_bytes),
                std::vector<OwnedRecord>(all.begin() + from, all.end()));
    }
  }
}

TEST_P(LogReaderConformance, OffsetsOutOfRangeAreNeverReset) {
  const LogId log = NewLog(Name("range"));
  Produce(Name("range"), Numbered(0, 10));
  for (const int64_t offset : {-1, 11, 1'000'000}) {
    const auto chunk = reader().Read(log, offset, kMuch);
    ASSERT_FALSE(chunk) << offset;
    EXPECT_EQ(chunk.error().code, Code::kNotFound) << chunk.error().message;
  }
  const auto at_end = reader().Read(log, 10, kMuch);
  ASSERT_TRUE(at_end) << at_end.error().message;
  EXPECT_EQ(at_end->next_offset, 10);
}

TEST_P(LogReaderConformance, LogsThatDoNotExistAreNotFound) {
  const LogId log = NewLog(Name("known"));
  LogId other = log;
  other.partition = 5;
  EXPECT_EQ(reader().Bounds(other).error().code, Code::kNotFound);
  other = log;
  other.topic_id = Uuid::Random();
  EXPECT_EQ(reader().Bounds(other).error().code, Code::kNotFound);
  EXPECT_EQ(reader().Read(other, 0, kMuch).error().code, Code::kNotFound);
  other = log;
  other.cluster_id = "another";
  EXPECT_EQ(reader().Bounds(other).error().code, Code::kNotFound);
}

TEST_P(LogReaderConformance, ATopicMadeAgainIsAnotherLog) {
  const LogId first = NewLog(Name("again"));
  Produce(Name("again"), Numbered(0, 5));
  ASSERT_TRUE(harness().DeleteTopic(Name("again")));
  const LogId second = NewLog(Name("again"));
  EXPECT_NE(first.topic_id, second.topic_id);
  EXPECT_EQ(reader().Bounds(second).value().durable_end, 0);
  EXPECT_EQ(reader().Bounds(first).error().code, Code::kNotFound);
}

TEST_P(LogReaderConformance, TopicsAreSortedAndPartitionsSeparate) {
  const LogId b = NewLog(Name("b"), 3, 2);
  NewLog(Name("a"));
  const auto topics = reader().Topics().value();
  EXPECT_TRUE(std::ranges::is_sorted(topics, {}, &TopicInfo::name));
  ASSERT_TRUE(Find(Name("b")));
  EXPECT_EQ(Find(Name("b"))->partitions, 3);
  EXPECT_TRUE(Find(Name("a")));
  Produce(Name("b"), Numbered(0, 4), Compression::kNone, 2);
  EXPECT_EQ(reader().Bounds(b).value().durable_end, 4);
  LogId empty = b;
  empty.partition = 0;
  EXPECT_EQ(reader().Bounds(empty).value().durable_end, 0);
}

TEST_P(LogReaderConformance, WaitingEndsWhenThereIsMore) {
  const LogId log = NewLog(Name("wait"));
  EXPECT_TRUE(reader().Bounds(log));
  uint64_t ticket = 0;
  // Let the news of the topic itself pass.
  for (int i = 0; i < 5; ++i)
    ticket = reader().WaitForChange(ticket, std::chrono::milliseconds(20));
  std::thread producer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(harness().Produce(Name("wait"), 0, Numbered(0, 1), Compression::kNone));
  });
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int64_t end = 0;
  while (end == 0 && std::chrono::steady_clock::now() < give_up) {
    ticket = reader().WaitForChange(ticket, std::chrono::milliseconds(1000));
    end = reader().Bounds(log).value().durable_end;
  }
  producer.join();
  EXPECT_EQ(end, 1);
  EXPECT_TRUE(reader().EnsureDurable(log, 1));
}

TEST_P(LogReaderConformance, ManyThreadsReadAtOnce) {
  const LogId log = NewLog(Name("threads"));
  for (int i = 0; i < 1000; i += 100) Produce(Name("threads"), Numbered(i, i + 100));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (const int from : {0, 100, 200, 300}) {
    threads.emplace_back([&, from] { EXPECT_EQ(ReadAll(log, from, 2000), Numbered(from, 1000)); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace ticklake::kafka
