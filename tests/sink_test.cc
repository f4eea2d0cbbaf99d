// Broker log, sink, lake and verify together on one disk in memory that loses its power.
//
// Invariants, after every power cut: what was acked is in the table exactly once; nothing is
// there that was not produced; positions never lie beyond the recovered log; verify agrees.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <arrow/array/array_primitive.h>

#include "base/memory_fs.h"
#include "base/random.h"
#include "base/test_report.h"
#include "broker/log/segment_log_reader.h"
#include "broker/log/topic_store.h"
#include "catalog/memory_catalog.h"
#include "kafka/batch_builder.h"
#include "lake/maintenance/maintainer.h"
#include "lake/parquet/reader.h"
#include "lake/sink/sink.h"
#include "lake/verify/verify.h"

namespace ticklake {
namespace {

using std::chrono::milliseconds;

constexpr char kTopic[] = "events";
constexpr int32_t kPartitions = 2;

/// All that runs between two power cuts.
struct Machine {
  Machine(MemoryFileSystem& fs, catalog::Catalog& catalog) {
    topics = broker::TopicStore::Open({.fs = &fs,
                                       .clock = &SystemClock(),
                                       .dir = "/data/broker",
                                       .topic_defaults = {{"segment.bytes", "4000"}}})
                 .value();
    if (!topics->Find(kTopic)) {
      EXPECT_TRUE(topics->Create(kTopic, kPartitions, {}));
    }
    reader = broker::NewSegmentLogReader(*topics);
    objects = store::OpenDirectoryStore(fs, "/data/lake").value();
    tables = std::make_unique<lake::TableStore>(catalog, *objects, SystemClock());
    lake::SinkOptions options{.flush_interval = milliseconds(5),
                              .decode_interval = milliseconds(1)};
    sink = lake::Sink::Make({tables.get(), reader.get(), &SystemClock()}, options).value();
    EXPECT_TRUE(sink->Start());
  }

  std::unique_ptr<broker::TopicStore> topics;
  std::unique_ptr<kafka::LogReader> reader;
  std::unique_ptr<store::ObjectStore> objects;
  std::unique_ptr<lake::TableStore> tables;
  std::unique_ptr<lake::Sink> sink;
};

class Scenario {
 public:
  explicit Scenario(uint64_t seed) : random_(seed) {}

  void Run() {
    for (int round = 0; round < 6; ++round) {
      Machine machine(fs_, catalog_);
      for (int step = 0; step < 15; ++step) Step(machine);
      if (random_.Chance(1, 2)) {
        fs_.FailChange(1 + random_.Below(20));
        for (int step = 0; step < 5; ++step) Step(machine);
      }
      fs_.Crash(random_.Next());
    }
    fs_.FailChange(0);
    Machine machine(fs_, catalog_);
    const auto drained = machine.sink->DrainToEnd();
    ASSERT_TRUE(drained) << drained.error().message;
    CheckRows(machine);
    const auto report =
        lake::Verify({machine.tables.get(), machine.reader.get()}, "market", kTopic);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(report->Ok()) << report->problems.front();
    EXPECT_TRUE(report->Complete());
  }

 private:
  void Step(Machine& machine) {
    Produce(machine);
    if (random_.Chance(1, 4)) SystemClock().SleepFor(milliseconds(random_.Below(10)));
    if (random_.Chance(1, 10)) {
      lake::Maintainer maintainer(*machine.tables, SystemClock(), {.min_files = 2});
      (void)maintainer.RunOnce();
    }
    if (random_.Chance(1, 4)) (void)machine.sink->View("market", kTopic, milliseconds(2000));
  }

  void Produce(Machine& machine) {
    const auto topic = machine.topics->Find(kTopic);
    const auto partition = static_cast<int32_t>(random_.Below(kPartitions));
    const auto log = machine.topics->Partition(topic->id, partition);
    if (!log) return;
    kafka::BatchBuilder builder;
    std::vector<int64_t> numbers;
    std::vector<std::string> values;
    for (uint64_t n = 1 + random_.Below(5); n > 0; --n) {
      numbers.push_back(next_++);
      values.push_back(fmt::format(R"({{"n":{}}})", numbers.back()));
    }
    for (const std::string& value : values) builder.Add({.value = value, .timestamp_ms = 1});
    const broker::Appended appended = (*log)->Append(builder.Build().value());
    if (appended.fault != broker::AppendFault::kNone) return;
    produced_.insert(numbers.begin(), numbers.end());
    if (random_.Chance(1, 3) || !(*log)->Flush()) return;  // never acked
    acked_.insert(numbers.begin(), numbers.end());
  }

  void CheckRows(Machine& machine) {
    const auto view = machine.sink->View("market", kTopic, milliseconds(5000));
    ASSERT_TRUE(view) << view.error().message;
    ASSERT_TRUE(view->tail.empty());
    std::set<int64_t> seen;
    for (const auto& file : view->files) {
      const auto batches = lake::ReadDataFile(*machine.objects, file, view->schema);
      ASSERT_TRUE(batches) << batches.error().message;
      for (const auto& batch : *batches) {
        const auto numbers =
            std::static_pointer_cast<arrow::Int64Array>(batch->GetColumnByName("n"));
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          const int64_t number = numbers->Value(row);
          EXPECT_TRUE(seen.insert(number).second) << number << " is there twice";
          EXPECT_TRUE(produced_.contains(number)) << number << " was never produced";
        }
      }
    }
    for (const int64_t number : acked_) {
      EXPECT_TRUE(seen.contains(number)) << number << " was acked and is not there";
    }
  }

  Random random_;
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{SystemClock()};
  int64_t next_ = 0;
  std::set<int64_t> produced_;
  std::set<int64_t> acked_;
};

TEST(PowerCuts, WhatWasAckedIsInTheTableExactlyOnce) {
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(6, 100)) {
    SCOPED_TRACE(Repeat(seed));
    Scenario(seed).Run();
    if (testing::Test::HasFailure()) return;
    ++runs;
  }
  Report(
      "pipeline-power-cuts",
      fmt::format("{} seeded runs of log, sink and lake with threads, six power cuts each", runs));
}

}  // namespace
}  // namespace ticklake
