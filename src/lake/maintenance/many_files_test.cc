// A table of ten thousand small data files (eight hundred in the quick form): what a query start
// and a commit cost then, and that maintenance brings the number down.
#include <gtest/gtest.h>

#include "base/test_report.h"
#include "lake/maintenance/maintainer.h"
#include "lake/sink/sink_fixture.h"

namespace ticklake::lake {
namespace {

constexpr int64_t kDays = 50;

class ManyFilesTest : public testing::Test {
 protected:
  ManyFilesTest() {
    Random random(1);
    topic_ = log_.AddTopic("trades", 1, random);
    sink_ = lake_.Start(log_);
  }
  /// A commit of one row on each day: a file each.
  void Commit() {
    for (int64_t day = 0; day < kDays; ++day, ++rows_) log_.Append(LogOf(topic_), Trade(day * 24));
    ASSERT_TRUE(sink_->DrainToEnd());
  }
  size_t Files() {
    return lake_.tables->LiveFiles(*lake_.tables->Load("market", "trades"))->size();
  }
  template <class Work>
  double MillisecondsOf(Work work) {
    const Nanos started = SystemClock().Monotonic();
    work();
    return static_cast<double>(SystemClock().Monotonic() - started) / 1e6;
  }
  void Look(const char* when) {
    const double cold = MillisecondsOf([&] {
      TableStore fresh(lake_.catalog, *lake_.store, lake_.clock);
      EXPECT_TRUE(fresh.LiveFiles(*fresh.Load("market", "trades")));
    });
    const auto view = [&] {
      EXPECT_TRUE(sink_->View("market", "trades", std::chrono::seconds(10)));
    };
    view();
    const double warm = MillisecondsOf(view);
    const auto before = lake_.fs.counts();
    const double commit = MillisecondsOf([&] { Commit(); });
    const auto after = lake_.fs.counts();
    reads_ = after.reads - before.reads;
    report_ += fmt::format("| {} | {} | {:.0f} | {:.1f} | {:.0f} | {} | {:.0f} |\n", when, Files(),
                           cold, warm, commit, reads_, ResidentMegabytes());
  }

  Lake lake_;
  FakeLog log_;
  kafka::TopicInfo topic_;
  std::unique_ptr<Sink> sink_;
  int64_t rows_ = 0;
  uint64_t reads_ = 0;
  std::string report_ =
      "| when | data files | query start by a new process, ms | query start, ms | commit of 50 "
      "files, ms | reads of a commit | RSS, MB |\n| --- | --- | --- | --- | --- | --- | --- |\n";
};

TEST_F(ManyFilesTest, CostLittleAndAreMerged) {
  const int commits = LongRun() ? 200 : 16;
  Commit();
  Look("fresh");
  for (int n = 0; n < commits; ++n) Commit();
  EXPECT_GE(static_cast<int64_t>(Files()), commits * kDays);
  Look("many");
  EXPECT_EQ(reads_, 0U) << "a commit reads none of the table's manifests";
  const auto merged = Maintainer(*lake_.tables, lake_.clock, {}).RunOnce();
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->merges, kDays);
  EXPECT_EQ(Files(), static_cast<size_t>(kDays));
  Look("merged");
  EXPECT_EQ(std::ssize(Query(*sink_, *lake_.store, "trades")), rows_);
  Report("many-files", '\n' + report_);
}

}  // namespace
}  // namespace ticklake::lake
