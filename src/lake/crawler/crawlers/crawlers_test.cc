// Stored crawlers: states, stops, schedules, and what a process that ends leaves behind.
#include "lake/crawler/crawlers/crawlers.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <latch>

#include "lake/crawler/crawl_fixture.h"

namespace ticklake::lake::crawler {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CrawlersTest : public CrawlTest {
 protected:
  CrawlersTest() { Open(); }

  void Open() {
    crawlers_.reset();
    auto opened = Crawlers::Open(
        {.catalog = &catalog_,
         .clock = &clock_,
         .find = [this](const std::string& uri) { return Find(uri); },
         .explain = [](const auto& plans,
                       double) { return fmt::format("{{\"crawls\":{}}}", plans.size()); },
         .watch_clock = false});
    ASSERT_TRUE(opened) << opened.error().message;
    crawlers_ = std::move(*opened);
  }

  Result<StoredPlace> Find(const std::string& uri) {
    if (gate_) gate_->wait();
    if (uri.starts_with("file:///")) return StoredPlace{store_.get(), uri.substr(8)};
    if (uri.starts_with("s3://bucket/")) return StoredPlace{store_.get(), "data/" + uri.substr(12)};
    return Fail(Code::kNotFound, "{}: no such bucket", uri);
  }

  static json::object Definition(const std::string& more = "") {
    return json::parse(R"({"Name":"c","Role":"r","DatabaseName":"market","Targets":)"
                       R"({"S3Targets":[{"Path":"s3://bucket/t"}]})" +
                       more + "}")
        .as_object();
  }
  void Make(const std::string& more = "") {
    const auto made = crawlers_->Create(Definition(more));
    ASSERT_TRUE(made) << made.error().message;
  }
  void RunOnce() {
    clock_.Advance(kNanosPerSecond);  // crawls are in the order of their times
    ASSERT_TRUE(crawlers_->Start("c"));
    crawlers_->WaitIdle();
  }
  CrawlerView View() { return crawlers_->Get("c").value(); }

  ManualClock clock_{1'700'000'000 * kNanosPerSecond};
  std::unique_ptr<std::latch> gate_;
  std::unique_ptr<Crawlers> crawlers_;
};

TEST_F(CrawlersTest, CrawlsInTheBackgroundAndTellsOfIt) {
  Put("t/year=2024/a.csv", "a,b\n1,2\n");
  Put("t/year=2025/a.csv", "a,b\n1,2\n");
  Make();
  gate_ = std::make_unique<std::latch>(1);
  ASSERT_TRUE(crawlers_->Start("c"));
  EXPECT_EQ(View().state, CrawlerState::kRunning);
  EXPECT_EQ(crawlers_->Start("c").error().code, Code::kConflict);
  EXPECT_EQ(crawlers_->Update("c", {}).error().code, Code::kConflict);
  EXPECT_EQ(crawlers_->Delete("c").error().code, Code::kConflict);
  gate_->count_down();
  crawlers_->WaitIdle();
  EXPECT_EQ(View().state, CrawlerState::kReady);
  const CrawlRecord last = View().last.value();
  EXPECT_EQ(last.status, "SUCCEEDED");
  EXPECT_EQ(last.tables_created, 1);
  EXPECT_EQ(last.partitions_added, 2);
  EXPECT_EQ(catalog_.GetTable("market", "t")->parameters.at(kUpdatedByCrawler), "c");
  EXPECT_EQ(crawlers_->store().Explanation("c"), "{\"crawls\":1}");
}

TEST_F(CrawlersTest, AStopCancelsAndChangesNothing) {
  Put("t/a.csv", "a,b\n1,2\n");
  Make();
  gate_ = std::make_unique<std::latch>(1);
  ASSERT_TRUE(crawlers_->Start("c"));
  EXPECT_EQ(crawlers_->Stop("c"), StopOutcome::kStopping);
  EXPECT_EQ(View().state, CrawlerState::kStopping);
  EXPECT_EQ(crawlers_->Stop("c"), StopOutcome::kWasStopping);
  gate_->count_down();
  crawlers_->WaitIdle();
  EXPECT_EQ(View().last->status, "CANCELLED");
  EXPECT_FALSE(catalog_.GetTable("market", "t"));
  EXPECT_EQ(crawlers_->Stop("c"), StopOutcome::kWasNotRunning);
}

TEST_F(CrawlersTest, AFailedCrawlSaysWhy) {
  ASSERT_TRUE(crawlers_->Create(
      json::parse(
          R"({"Name":"c","DatabaseName":"market","Targets":{"S3Targets":[{"Path":"s3://no/x"}]}})")
          .as_object()));
  RunOnce();
  EXPECT_EQ(View().last->status, "FAILED");
  EXPECT_THAT(View().last->message, HasSubstr("no such bucket"));
}

TEST_F(CrawlersTest, WhatAProcessLeftRunningHasFailed) {
  Make();
  ASSERT_TRUE(crawlers_->store().PutRecord({.crawler = "c", .id = "0", .status = "RUNNING"}));
  Open();
  EXPECT_EQ(View().state, CrawlerState::kReady);
  EXPECT_EQ(View().last->status, "FAILED");
  EXPECT_THAT(View().last->message, HasSubstr("the process ended"));
  RunOnce();
  EXPECT_EQ(View().last->status, "SUCCEEDED");
}

TEST_F(CrawlersTest, ItsEndStopsWhatRuns) {
  Make();
  gate_ = std::make_unique<std::latch>(1);
  ASSERT_TRUE(crawlers_->Start("c"));
  std::jthread opener([this] { gate_->count_down(); });
  Open();
  EXPECT_NE(View().last->status, "RUNNING");
}

TEST_F(CrawlersTest, SchedulesFireOnceAtTheirMinute) {
  Put("t/a.csv", "a,b\n1,2\n");
  Make(R"j(,"Schedule":"cron(0/5 * * * ? *)")j");
  EXPECT_TRUE(View().stored.scheduled);
  crawlers_->RunDue();  // learns when it is due
  EXPECT_THAT(crawlers_->History("c").value(), SizeIs(0));
  clock_.Advance(300 * kNanosPerSecond);
  crawlers_->RunDue();
  crawlers_->RunDue();
  crawlers_->WaitIdle();
  EXPECT_THAT(crawlers_->History("c").value(), SizeIs(1));
  EXPECT_EQ(crawlers_->Schedule("c", false), ScheduleOutcome::kDone);
  EXPECT_EQ(crawlers_->Schedule("c", false), ScheduleOutcome::kWasSo);
  clock_.Advance(600 * kNanosPerSecond);
  crawlers_->RunDue();
  EXPECT_THAT(crawlers_->History("c").value(), SizeIs(1));
  ASSERT_TRUE(crawlers_->Update("c", {{"Schedule", ""}}));
  EXPECT_EQ(crawlers_->Schedule("c", true), ScheduleOutcome::kNoSchedule);
  EXPECT_EQ(View().stored.version, 2);
}

TEST_F(CrawlersTest, RefusesDefinitionsThatItCannotDo) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(,"RecrawlPolicy":{"RecrawlBehavior":"CRAWL_EVENT_MODE"})", "event queues"},
      {R"(,"RecrawlPolicy":{"RecrawlBehavior":"CRAWL_NEW_FOLDERS_ONLY"})", "must be LOG"},
      {R"(,"SchemaChangePolicy":{"UpdateBehavior":"X"})", "UpdateBehavior"},
      {R"(,"Configuration":"{")", "Configuration"},
      {R"(,"Schedule":"every day")", "cron"},
      {R"(,"Classifiers":["none"])", "no classifier none"}};
  for (const auto& [more, message] : cases) {
    const auto made = crawlers_->Create(Definition(more));
    ASSERT_FALSE(made) << more;
    EXPECT_THAT(made.error().message, HasSubstr(message));
  }
  const auto jdbc = crawlers_->Create(
      json::parse(R"({"Name":"c","Targets":{"JdbcTargets":[{"Path":"x"}]}})").as_object());
  EXPECT_EQ(jdbc.error().code, Code::kUnsupported);
  Make();
  EXPECT_EQ(crawlers_->Create(Definition()).error().code, Code::kAlreadyExists);
}

TEST_F(CrawlersTest, OnlyNewFolders) {
  Put("t/year=2024/a.csv", "a,b\n1,2\n");
  Put("t/year=2025/a.csv", "a,b\n1,2\n");
  Make(R"(,"RecrawlPolicy":{"RecrawlBehavior":"CRAWL_NEW_FOLDERS_ONLY"},)"
       R"("SchemaChangePolicy":{"UpdateBehavior":"LOG","DeleteBehavior":"LOG"})");
  RunOnce();
  Put("t/year=2026/a.csv", "a,b\n1,2\n");
  RunOnce();
  EXPECT_EQ(View().last->files, 1);
  EXPECT_EQ(catalog::AllPartitions(catalog_, "market", "t")->size(), 3U);
}

TEST_F(CrawlersTest, LevelsCountFromTheBucket) {
  for (const char* table : {"x", "y"}) {
    Put(fmt::format("t/{}/a.csv", table), "a,b\n1,2\n");
  }
  // By the store's keys: "" is level 1, data/t/x/ level 4.
  Make(R"(,"Configuration":"{\"Version\":1.0,\"Grouping\":{\"TableLevelConfiguration\":4}}")");
  RunOnce();
  EXPECT_TRUE(catalog_.GetTable("market", "x"));
  EXPECT_TRUE(catalog_.GetTable("market", "y"));
}

TEST_F(CrawlersTest, CatalogTargetsMakeNoTables) {
  Put("t/a.csv", "a,b\n1,2\n");
  Put("t/b/c.json", "{\"k\":1}\n");
  for (const char* name : {"mine", "other"}) {
    catalog::Table table{.database = "market", .name = name};
    table.storage.location = fmt::format("file:///data/{}", name[0] == 'm' ? "t" : "none");
    ASSERT_TRUE(catalog_.CreateTable(table));
  }
  ASSERT_TRUE(crawlers_->Create(
      json::parse(R"({"Name":"c","SchemaChangePolicy":{"DeleteBehavior":"LOG"},"Targets":{)"
                  R"("CatalogTargets":[{"DatabaseName":"market","Tables":["mine"]}]}})")
          .as_object()));
  RunOnce();
  EXPECT_EQ(View().last->status, "SUCCEEDED") << View().last->message;
  EXPECT_THAT(catalog_.GetTable("market", "mine")->storage.columns, SizeIs(2));
  EXPECT_THAT(catalog_.ListTables("market").value(), SizeIs(2));
}

}  // namespace
}  // namespace ticklake::lake::crawler
