#include "lake/maintenance/plan.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"

namespace ticklake::lake {
namespace {

iceberg::DataFile File(const std::string& path, int64_t size, int32_t day = 0) {
  iceberg::DataFile file;
  file.path = path;
  file.file_size = size;
  file.record_count = std::max<int64_t>(1, size / 20);
  file.partition = {day};
  return file;
}

TEST(PlanMerges, WaitsForEnoughSmallFilesOfOnePartition) {
  const MaintenanceOptions options{.min_files = 4};
  std::vector<iceberg::DataFile> live = {File("f0", 100, 0), File("f1", 100, 1),
                                         File("f2", 100, 0), File("f3", 100, 1),
                                         File("f4", 100, 0), File("f5", 100, 1)};
  EXPECT_TRUE(PlanMerges(live, {}, options).empty());
  live.push_back(File("f6", 100, 1));
  const auto plans = PlanMerges(live, {}, options);
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans.front().size(), 4U);
  EXPECT_TRUE(PlanMerges(live, {.default_spec_id = 1}, options).empty())
      << "files of an older spec stay";
}

TEST(PlanMerges, BringsAPartitionThatGetsNoMoreFilesToOne) {
  const MaintenanceOptions options{.min_files = 16, .cold_after = 100};
  std::vector<iceberg::DataFile> live;
  int64_t sequence = 0;
  for (int day = 0; day < 30; ++day) {
    for (int n = 0; n < 10; ++n) {
      live.push_back(File(fmt::format("d{}-{}", day, n), 100 << n, day));
      live.back().sequence_number = ++sequence;
    }
  }
  for (int round = 0; round < 3; ++round) {
    const PlanFacts facts{.last_sequence_number = sequence};
    for (const auto& plan : PlanMerges(live, facts, options)) {
      const auto day = std::get<int32_t>(plan.front().partition.front());
      int64_t bytes = 0;
      for (const auto& file : plan) {
        bytes += file.file_size;
        std::erase_if(live, [&](const auto& other) { return other.path == file.path; });
      }
      live.push_back(File(fmt::format("m{}-{}", round, day), bytes, day));
      live.back().sequence_number = ++sequence;
    }
  }
  const auto of_day = [&](int32_t day) {
    return std::ranges::count_if(live, [&](const auto& file) {
      return file.partition == std::vector<iceberg::Literal>{iceberg::Literal(day)};
    });
  };
  for (int32_t day = 0; day < 19; ++day) EXPECT_EQ(of_day(day), 1) << day;
  EXPECT_EQ(of_day(29), 10) << "it is still filling";
}

/// A table that lives long: every row may be rewritten a few times only, and the number of
/// small files stays bounded.
TEST(PlanMerges, CostStaysFlatWithUptime) {
  const MaintenanceOptions options{
      .min_files = 8, .target_bytes = 1'000'000, .small_bytes = 250'000};
  Random random(1);
  std::vector<iceberg::DataFile> live;
  int64_t written = 0;
  int64_t rewritten = 0;
  size_t most_small = 0;
  for (int commit = 0; commit < 5000; ++commit) {
    live.push_back(File(fmt::format("c{}", commit), random.Between(500, 1'500)));
    written += live.back().file_size;
    for (const auto& plan : PlanMerges(live, {}, options)) {
      int64_t bytes = 0;
      for (const auto& file : plan) {
        bytes += file.file_size;
        std::erase_if(live, [&](const auto& other) { return other.path == file.path; });
      }
      EXPECT_LE(bytes, options.target_bytes);
      rewritten += bytes;
      live.push_back(File(fmt::format("m{}", commit), bytes));
    }
    most_small = std::max(most_small, live.size());
  }
  EXPECT_LT(rewritten, 8 * written);
  EXPECT_LT(most_small, 60U);
}

}  // namespace
}  // namespace ticklake::lake
