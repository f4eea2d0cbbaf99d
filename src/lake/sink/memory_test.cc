// One memory budget for the sink: it is held, measured as the resident memory of this process, by
// flushing early; and it says so. The quick form runs always, the full one with TICKLAKE_LONG=1.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/large_blocks.h"
#include "base/test_memory.h"
#include "base/test_report.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr size_t kTenMegabytes = 10'000'000;

/// Files that are not this process's memory, on a disk that flushes for nothing.
class Scratch {
 public:
  Scratch() { std::filesystem::create_directories(path_); }
  ~Scratch() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ = (std::filesystem::is_directory("/dev/shm")
                                 ? std::string("/dev/shm")
                                 : std::filesystem::temp_directory_path().string()) +
                            "/tl-memory-" + Uuid::Random().ToString();
};

class MemoryTest : public testing::Test {
 protected:
  MemoryTest()
      : store_(store::OpenDirectoryStore(PosixFileSystem(), scratch_.path()).value()),
        tables_(catalog_, *store_, SystemClock()) {
    GiveBackLargeBlocks();  // as ticklake's main does
  }

  void Start(int64_t budget) {
    SinkOptions options;
    options.memory_budget = budget;
    options.flush_interval = std::chrono::hours(1);  // so that the budget alone asks for commits
    options.metrics = &metrics_;
    sink_ = Sink::Make({&tables_, &log_, &SystemClock()}, options).value();
    ASSERT_TRUE(sink_->Start());
  }
  int64_t Rows(const std::string& table) {
    const auto view = sink_->View("market", table, std::chrono::seconds(10)).value();
    int64_t rows = 0;
    for (const auto& file : view.files) rows += file.record_count;
    for (const auto& batch : view.tail) rows += batch->num_rows();
    return rows;
  }
  double Metric(const std::string& name) const {
    double sum = 0;
    const auto samples = metrics_.Collect();
    for (const auto& sample : samples) sum += sample.name == name ? sample.value : 0;
    return sum;
  }
  void Tell(const std::string& what, int64_t peak, int64_t budget) const {
    Report("memory-budget",
           fmt::format(
               "{}: budget {} MiB, resident memory rose by {} MiB, {} commits, {} of them early",
               what, budget / kMiB, peak / kMiB, Metric("ticklake_sink_commits_total"),
               Metric("ticklake_sink_early_commits_total")));
  }

  const Scratch scratch_;
  catalog::MemoryCatalog catalog_{SystemClock()};
  std::unique_ptr<store::ObjectStore> store_;
  TableStore tables_;
  FakeLog log_;
  Metrics metrics_;
  Random random_{1};
  std::unique_ptr<Sink> sink_;
};

TEST_F(MemoryTest, IsHeldWithManyTopicPartitionsAndManyDays) {
  const int partitions = LongRun() ? 1000 : 200;
  const int64_t rows_each = LongRun() ? 1000 : 600;
  const int64_t budget = (LongRun() ? 96 : 32) * kMiB;
  constexpr int64_t kDays = 50;
  // Rows that take three times the budget when they are decoded.
  const std::string note = fmt::format(R"("note":"{}"}})", std::string(600, 'n'));
  const auto topic = log_.AddTopic("trades", partitions, random_);
  for (int64_t n = 0; n < rows_each; ++n) {
    for (int32_t partition = 0; partition < partitions; ++partition) {
      std::string trade = Trade((n * 7 + partition) % (kDays * 24));
      trade.back() = ',';
      log_.Append(LogOf(topic, partition), trade + note);
    }
  }
  const PeakMemory peak;
  Start(budget);
  ASSERT_TRUE(sink_->DrainToEnd());
  Tell(fmt::format("{} topic partitions x {} days, {} rows", partitions, kDays,
                   partitions * rows_each),
       peak.bytes(), budget);
  if (FiguresCount()) {
    EXPECT_LE(peak.bytes(), budget + 24 * kMiB) << "the rest: code, stacks, the table's metadata";
  }
  EXPECT_EQ(Rows("trades"), partitions * rows_each);
  EXPECT_GT(sink_->Status().front().early_commits, 0);
  EXPECT_GT(Metric("ticklake_sink_early_commits_total"), 0);
  EXPECT_EQ(Metric("ticklake_sink_memory_limit_bytes"), static_cast<double>(budget));
}

TEST_F(MemoryTest, IsHeldWithRowsOfTenMegabytes) {
  const int rounds = LongRun() ? 20 : 3;
  const int64_t budget = 192 * kMiB;
  const auto topic = log_.AddTopic("documents", 2, random_);
  const std::string row = fmt::format(R"({{"id":1,"text":"{}"}})", std::string(kTenMegabytes, 'x'));
  Start(budget);
  int64_t rows = 0;
  int64_t rise = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int32_t n = 0; n < 12; ++n, ++rows) log_.Append(LogOf(topic, n % 2), row);
    const PeakMemory peak;
    ASSERT_TRUE(sink_->DrainToEnd());
    rise = std::max(rise, peak.bytes());
    for (int32_t n = 0; n < 2; ++n)
      log_.Truncate(LogOf(topic, n), log_.Bounds(LogOf(topic, n))->durable_end);
  }
  Tell(fmt::format("{} times rows of 10 MB, 12 at once", rounds), rise, budget);
  // Chunks and files are a few rows each, so it is held to a row or two for each thread.
  if (FiguresCount()) {
    EXPECT_LE(rise, budget + 72 * kMiB);
  }
  EXPECT_EQ(Rows("documents"), rows);
  EXPECT_GT(sink_->Status().front().early_commits, 0);
}

TEST_F(MemoryTest, GoesOnWhenOneRowIsGreaterThanAllOfIt) {
  const auto topic = log_.AddTopic("documents", 2, random_);
  const std::string text(kTenMegabytes, 'x');
  for (int32_t n = 0; n < 6; ++n) {
    log_.Append(LogOf(topic, n % 2), fmt::format(R"({{"id":{},"text":"{}"}})", n, text));
    log_.Append(LogOf(topic, n % 2), "no json: " + text);
  }
  Start(2 * kMiB);
  ASSERT_TRUE(sink_->DrainToEnd());
  EXPECT_EQ(Rows("documents"), 6);
  EXPECT_EQ(Rows("documents__dlq"), 6);
  EXPECT_GT(sink_->Status().front().early_commits, 0);
}

}  // namespace
}  // namespace ticklake::lake
