#include "broker/log/topic_store.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/memory_fs.h"

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
