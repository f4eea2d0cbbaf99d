// GetPartitions with an expression, over 100,000 partitions in the catalog's SQLite file.
//
//   glue_bench [--benchmark_filter=…]
//
// Before any time is told, each expression's answer is compared with what the values themselves
// say. A request is one page, as the wire asks for it and gets it; p99_ms is over all of a run.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "aws/glue/data_catalog.h"
#include "aws/glue/glue_service.h"
#include "base/clock.h"
#include "base/uuid.h"

namespace ticklake::aws::glue {
namespace {

constexpr int kPartitions = 100'000;  // 20 years, 250 days each, 20 symbols
constexpr int kBatch = 10'000;

struct Case {
  const char* expression;
  size_t answers;  // partitions, of at most a page
};

constexpr Case kCases[] = {
    {"year = 2007 and day = 100 and symbol = 'S07'", 1},
    {"symbol in ('S01', 'S02') and year between 2001 and 2002 and day < 10", 40},
    {"symbol like '%9' and not (year <> 2010) and day >= 240", 20},
    {"year > 2050", 0},
    {"symbol = 'S03'", 1000},
};

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "glue_bench: {}\n", why);
  std::exit(1);
}

class World {
 public:
  World()
      : directory_(std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString())) {
    std::filesystem::create_directories(directory_);
    auto opened = catalog::OpenSqliteCatalog(directory_ / "catalog.db", SystemClock());
    if (!opened) Die(opened.error().message);
    catalog_ = std::move(*opened);
    Fill();
    data_ = std::make_unique<DataCatalog>(DataCatalogOptions{catalog_.get(), nullptr, ""});
    service_ = std::make_unique<GlueService>(data_->Operations());
  }
  ~World() {
    service_.reset();
    data_.reset();
    catalog_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// How many partitions the first page has.
  size_t Ask(const char* expression) const {
    const std::string input = boost::json::serialize(
        boost::json::object{{"DatabaseName", "d"}, {"TableName", "t"}, {"Expression", expression}});
    const Caller caller{"AKID", "arn:aws:iam::000000000000:user/a", "AIDA", false, std::nullopt};
    const auto answer = service_->Answer("AWSGlue.GetPartitions", input, caller);
    if (!answer) Die(answer.error().message);
    return boost::json::parse(*answer).at("Partitions").as_array().size();
  }

  /// One partition more and gone: what is kept in memory has to be read again.
  void Touch() {
    catalog::Partition extra{.values = {"1", "1", "none"}};
    if (!catalog_->CreatePartitions("d", "t", {extra})) Die("CreatePartitions");
    if (!catalog_->DeletePartitions("d", "t", {extra.values})) Die("DeletePartitions");
  }

 private:
  void Fill() {
    catalog::Table table{.database = "d", .name = "t"};
    table.partition_keys = {
        {"year", "int", "", {}}, {"day", "int", "", {}}, {"symbol", "string", "", {}}};
    if (!catalog_->CreateDatabase({.name = "d"}) || !catalog_->CreateTable(table)) Die("table");
    for (int start = 0; start < kPartitions; start += kBatch) {
      std::vector<catalog::Partition> batch;
      for (int i = start; i < start + kBatch; ++i) {
        catalog::Partition& partition = batch.emplace_back();
        partition.values = {std::to_string(2000 + i / 5000), std::to_string(i / 20 % 250),
                            fmt::format("S{:02}", i % 20)};
        partition.storage.location = fmt::format("s3://b/t/{}/", i);
        partition.storage.input_format = "org.apache.hadoop.mapred.TextInputFormat";
        partition.storage.columns = {{"a", "bigint", "", {}}, {"b", "string", "", {}}};
      }
      const auto made = catalog_->CreatePartitions("d", "t", batch);
      if (!made || !made->empty()) Die("CreatePartitions");
    }
  }

  std::filesystem::path directory_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<DataCatalog> data_;
  std::unique_ptr<GlueService> service_;
};

void GetPartitions(benchmark::State& state, World& world, const Case& of) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (auto _ : state) {
    const auto start = Clock::now();
    benchmark::DoNotOptimize(world.Ask(of.expression));
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::ranges::sort(times);
  state.counters["p50_ms"] = times[times.size() / 2];
  state.counters["p99_ms"] = times[times.size() * 99 / 100];
  state.counters["answers"] = static_cast<double>(of.answers);
}

// After each change of the table's partitions.
void GetPartitionsAnew(benchmark::State& state, World& world) {
  for (auto _ : state) {
    state.PauseTiming();
    world.Touch();
    state.ResumeTiming();
    benchmark::DoNotOptimize(world.Ask(kCases[0].expression));
  }
}

}  // namespace
}  // namespace ticklake::aws::glue

int main(int argc, char** argv) {
  using namespace ticklake::aws::glue;
  World world;
  for (const Case& of : kCases) {
    const size_t answers = world.Ask(of.expression);
    if (answers != of.answers) {
      Die(fmt::format("{}: {} partitions, not {}", of.expression, answers, of.answers));
    }
  }
  for (const Case& of : kCases) {
    benchmark::RegisterBenchmark(of.expression, GetPartitions, std::ref(world), of)
        ->Unit(benchmark::kMillisecond)
        ->Iterations(200);
  }
  benchmark::RegisterBenchmark("after a change", GetPartitionsAnew, std::ref(world))
      ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
