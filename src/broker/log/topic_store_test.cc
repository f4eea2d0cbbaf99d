#include "broker/log/topic_store.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/memory_fs.h"
#include "kafka/batch_builder.h"

namespace ticklake::broker {
namespace {

TEST(TopicStore, ManyThreadsOpenEachPartitionOnce) {
  constexpr int kThreads = 8;
  constexpr int32_t kPartitions = 16;
  MemoryFileSystem fs;
  const auto store =
      TopicStore::Open({.fs = &fs, .clock = &SystemClock(), .dir = "broker", .background = false})
          .value();
  const Uuid id = store->Create("t", kPartitions, {}).value().id;
  std::vector<std::vector<std::shared_ptr<PartitionLog>>> opened(kThreads);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int32_t i = 0; i < kPartitions; ++i) {
          // Each thread begins elsewhere, so that they meet and also pass each other.
          const int32_t partition = (i + thread * 3) % kPartitions;
          opened[thread].push_back(store->Partition(id, partition).value());
        }
      });
    }
  }
  std::set<PartitionLog*> distinct;
  for (const auto& logs : opened) {
    for (const auto& log : logs) distinct.insert(log.get());
  }
  EXPECT_EQ(distinct.size(), static_cast<size_t>(kPartitions));
}

// Beside each other, and each until it is on the disk.
TEST(TopicStore, AllLogsAreFlushedAndClosed) {
  constexpr int32_t kPartitions = 20;
  MemoryFileSystem fs;
  const StoreOptions options{
      .fs = &fs,
      .clock = &SystemClock(),
      .dir = "broker",
      .topic_defaults = {{"flush.messages", "1000000"}, {"flush.ms", "1000000"}}};
  auto store = TopicStore::Open(options).value();
  const Uuid id = store->Create("t", kPartitions, {}).value().id;
  kafka::BatchBuilder builder;
  builder.Add({.key = "k", .value = "v", .timestamp_ms = 1});
  const std::string batch = builder.Build().value();
  for (int32_t i = 0; i < kPartitions; ++i) {
    ASSERT_EQ(store->Partition(id, i).value()->Append(batch).fault, AppendFault::kNone);
  }
  ASSERT_TRUE(store->FlushAll());
  for (int32_t i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(store->Partition(id, i).value()->durable_end(), 1) << i;
    ASSERT_EQ(store->Partition(id, i).value()->Append(batch).fault, AppendFault::kNone);
  }
  store.reset();
  fs.Crash(1);
  store = TopicStore::Open(options).value();
  for (int32_t i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(store->Partition(id, i).value()->durable_end(), 2) << i;
  }
}

TEST(TopicStore, AFailedFlushIsTold) {
  MemoryFileSystem fs;
  const auto store =
      TopicStore::Open({.fs = &fs, .clock = &SystemClock(), .dir = "broker"}).value();
  const Uuid id = store->Create("t", 3, {{"flush.messages", "1000"}}).value().id;
  kafka::BatchBuilder builder;
  builder.Add({.key = "k", .value = "v", .timestamp_ms = 1});
  const std::string batch = builder.Build().value();
  for (int32_t i = 0; i < 3; ++i) {
    ASSERT_EQ(store->Partition(id, i).value()->Append(batch).fault, AppendFault::kNone);
  }
  fs.FailSync(1, "/1/");
  EXPECT_FALSE(store->FlushAll());
  EXPECT_EQ(store->Partition(id, 0).value()->durable_end(), 1);
  EXPECT_EQ(store->Partition(id, 1).value()->durable_end(), 0);
  EXPECT_EQ(store->Partition(id, 2).value()->durable_end(), 1);
}

TEST(TopicStore, AnUnknownPartitionIsToldEachTime) {
  MemoryFileSystem fs;
  const auto store =
      TopicStore::Open({.fs = &fs, .clock = &SystemClock(), .dir = "broker", .background = false})
          .value();
  const Uuid id = store->Create("t", 1, {}).value().id;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store->Partition(id, 1).error().code, Code::kNotFound);
    EXPECT_EQ(store->Partition(Uuid::Random(), 0).error().code, Code::kNotFound);
  }
}

}  // namespace
}  // namespace ticklake::broker
