#include "lake/maintenance/maintainer.h"

#include <gtest/gtest.h>

#include <arrow/array/array_binary.h>

#include "base/test_memory.h"
#include "base/test_report.h"
#include "lake/sink/mortal.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

/// A table of trades of three days, committed in many small pieces.
class MaintainerTest : public testing::Test {
 protected:
  MaintainerTest() {
    Random random(1);
    topic_ = log_.AddTopic("trades", 1, random);
    sink_ = lake_.Start(log_);
    for (int round = 0; round < 6; ++round) Commit();
  }

  void Commit() {
    for (int n = 0; n < 12; ++n) {
      rows_.push_back(rows_.empty() ? 0 : rows_.back() + 1);
      log_.Append(LogOf(topic_), Trade(rows_.back() % 72));
    }
    ASSERT_TRUE(sink_->DrainToEnd());
  }
  size_t LiveFiles() {
    return lake_.tables->LiveFiles(*lake_.tables->Load("market", "trades"))->size();
  }

  Lake lake_;
  FakeLog log_;
  kafka::TopicInfo topic_;
  std::unique_ptr<Sink> sink_;
  std::vector<int64_t> rows_;
  const MaintenanceOptions options_{.min_files = 2};
};

TEST_F(MaintainerTest, MergesFilesAndKeepsRowsAndPositions) {
  const size_t before = LiveFiles();
  Maintainer maintainer(*lake_.tables, SystemClock(), options_);
  const auto result = maintainer.RunOnce();
  ASSERT_TRUE(result);
  EXPECT_GE(result->merges, 3);
  EXPECT_LT(LiveFiles(), before);
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
  Commit();
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
  const auto again = Maintainer(*lake_.tables, SystemClock(), {}).RunOnce();
  EXPECT_EQ(again->merges, 0);
}

TEST_F(MaintainerTest, SortsBySymbolAndTime) {
  ASSERT_TRUE(Maintainer(*lake_.tables, SystemClock(), options_).RunOnce());
  const auto view = sink_->View("market", "trades", std::chrono::seconds(5));
  for (const auto& file : view->files) {
    const auto batches = ReadDataFile(*lake_.store, file, view->schema);
    ASSERT_TRUE(batches);
    for (const auto& batch : *batches) {
      const auto symbols =
          std::static_pointer_cast<arrow::StringArray>(batch->GetColumnByName("symbol"));
      for (int64_t row = 1; row < batch->num_rows(); ++row) {
        EXPECT_LE(symbols->GetView(row - 1), symbols->GetView(row));
      }
    }
  }
}

TEST_F(MaintainerTest, MergesWhatFitsIntoMemory) {
  const size_t before = LiveFiles();
  for (const int64_t most : {1, 3'000, 9'000, 1 << 20}) {
    Maintainer maintainer(*lake_.tables, SystemClock(), {.min_files = 2, .max_bytes = most});
    for (int round = 0; round < 3; ++round) ASSERT_TRUE(maintainer.RunOnce());
    EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_)) << most;
    if (most == 1) {
      EXPECT_EQ(LiveFiles(), before);
    }
  }
  EXPECT_LT(LiveFiles(), before);
}

// Fourteen files of 3 MB each, which are a few hundred bytes on the disk.
TEST(MaintainerMemory, IsBoundedWhereFilesBecomeLarge) {
  Lake lake;
  FakeLog log;
  Random random(1);
  const auto topic = log.AddTopic("documents", 1, random);
  auto sink = lake.Start(log);
  const std::string row = fmt::format(R"({{"text":"{}"}})", std::string(3'000'000, 'x'));
  for (int i = 0; i < 14; ++i) {
    log.Append(LogOf(topic, 0), row);
    ASSERT_TRUE(sink->DrainToEnd());
  }
  Maintainer maintainer(*lake.tables, SystemClock(), {.min_files = 2, .max_bytes = 9 << 20});
  const PeakMemory peak;
  const auto first = maintainer.RunOnce();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->files_before, 3) << "a fourth does not fit";
  if (FiguresCount()) {
    EXPECT_LE(peak.bytes(), 64 << 20);
  }
  EXPECT_EQ(maintainer.RunOnce()->files_before, 3);
  const auto files = lake.tables->LiveFiles(*lake.tables->Load("market", "documents"));
  int64_t rows = 0;
  for (const auto& file : *files) rows += file.record_count;
  EXPECT_EQ(rows, 14);
}

TEST_F(MaintainerTest, LosesRacesAndAnswersWithoutHarm) {
  Fate fate(7, ~uint64_t{0}, 2);
  MortalStore store(*lake_.store, fate);
  MortalCatalog catalog(lake_.catalog, fate);
  TableStore tables(catalog, store, SystemClock());
  Maintainer maintainer(tables, SystemClock(),
                        {.interval = std::chrono::milliseconds(1), .min_files = 2});
  maintainer.Start();
  for (int round = 0; round < 15; ++round) Commit();
  maintainer.Stop();
  EXPECT_EQ(Query(*sink_, *lake_.store, "trades"), Expected(0, 0, rows_));
}

}  // namespace
}  // namespace ticklake::lake
