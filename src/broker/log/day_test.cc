// What the log of a broker keeps does not grow with its uptime: a day by a clock that is moved by
// hand, with a new idempotent producer every ten minutes.
#include <gtest/gtest.h>

#include "base/memory_fs.h"
#include "broker/log/topic_store.h"
#include "kafka/batch_builder.h"

namespace ticklake::broker {
namespace {

constexpr Nanos kMinute = 60 * kNanosPerSecond;
constexpr int kPartitions = 20;

class LogDayTest : public ::testing::Test {
 protected:
  struct Cost {
    size_t files = 0;
    uint64_t bytes = 0;
    uint64_t most_checkpoint_bytes = 0;
    size_t metrics = 0;
  };

  LogDayTest() {
    store_ = TopicStore::Open(
                 {.fs = &fs_,
                  .clock = &clock_,
                  .metrics = &metrics_,
                  .dir = "broker",
                  .topic_defaults = {{"segment.bytes", "20000"}, {"retention.ms", "3600000"}},
                  .max_open_files = 8,
                  .background = false})
                 .value();
    id_ = store_->Create("t", kPartitions, {}).value().id;
  }

  /// A minute: one batch of one record of about a kilobyte for each partition.
  void Minute(int minute) {
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      kafka::BatchBuilder builder(
          {.producer_id = minute / 10, .producer_epoch = 0, .base_sequence = minute % 10});
      const std::string value(1000, 'v');
      builder.Add({.value = value, .timestamp_ms = clock_.NowMillis()});
      const auto log = store_->Partition(id_, partition).value();
      ASSERT_EQ(log->Append(builder.Build().value()).fault, AppendFault::kNone);
    }
    ASSERT_TRUE(store_->FlushAll());
    clock_.Advance(kMinute);
    store_->Housekeeping();
  }

  Cost Look() {
    Cost cost;
    const std::string topic = "broker/topics/" + id_.ToString();
    for (int32_t partition = 0; partition < kPartitions; ++partition) {
      const std::string dir = JoinPath(topic, std::to_string(partition));
      const auto names = fs_.List(dir).value();
      for (const std::string& name : names) {
        const auto file = fs_.Open(JoinPath(dir, name), OpenMode::kRead).value();
        const uint64_t size = file->Size().value();
        ++cost.files;
        cost.bytes += size;
        if (name.contains("checkpoint")) {
          cost.most_checkpoint_bytes = std::max(cost.most_checkpoint_bytes, size);
        }
      }
    }
    cost.metrics = metrics_.Collect().size();
    return cost;
  }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs_{&clock_};
  Metrics metrics_;
  std::unique_ptr<TopicStore> store_;
  Uuid id_;
};

TEST_F(LogDayTest, CostStaysFlat) {
  std::vector<Cost> costs;
  for (int minute = 0; minute < 30 * 60; ++minute) {
    Minute(minute);
    if (testing::Test::HasFatalFailure()) return;
    if (minute % 360 == 359) costs.push_back(Look());
  }
  for (const Cost& cost : costs) {
    fmt::print("log: {} files, {} kB, checkpoints of at most {} bytes, {} metrics\n", cost.files,
               cost.bytes / 1000, cost.most_checkpoint_bytes, cost.metrics);
    // An hour is three segments; one more fills, and one goes only when all of it is an hour old.
    EXPECT_LE(cost.files, kPartitions * (5 * 2 + 2));
    EXPECT_LE(cost.bytes, kPartitions * 5 * 21'500U);
    EXPECT_LE(cost.most_checkpoint_bytes, 20'000U) << "producers are forgotten after a day";
    EXPECT_EQ(cost.metrics, costs.front().metrics);
  }
  EXPECT_LE(costs.back().most_checkpoint_bytes, costs[3].most_checkpoint_bytes + 1'000);
}

}  // namespace
}  // namespace ticklake::broker
