// Plans against a catalog: what is created, updated, kept, and never touched.
#include <gmock/gmock.h>

#include "lake/crawler/crawl_fixture.h"
#include "lake/hive/layout.h"

namespace ticklake::lake::crawler {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTrades[] = "ts,symbol,price\n1,A,1.5\n2,B,2.5\n";

std::vector<std::string> Actions(const CrawlPlan& plan) {
  std::vector<std::string> texts;
  texts.reserve(plan.tables.size());
  for (const TablePlan& table : plan.tables) {
    texts.push_back(table.entry.name + " " + std::string(NameOf(table.action)));
  }
  return texts;
}

TEST_F(CrawlTest, CreatesWhatGlueWouldHold) {
  Put("My Trades/year=2023/a.csv", kTrades);
  Put("My Trades/year=2024/a.csv", kTrades);
  EXPECT_THAT(Actions(Crawl()), ElementsAre("my_trades create"));
  const catalog::Table table = catalog_.GetTable("market", "my_trades").value();
  EXPECT_EQ(table.table_type, "EXTERNAL_TABLE");
  EXPECT_EQ(table.storage.location, "file:///data/My Trades/");
  EXPECT_EQ(table.storage.serde.library, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe");
  EXPECT_EQ(table.storage.columns.at(2).type, "double");
  EXPECT_EQ(table.partition_keys.at(0).name, "year");
  EXPECT_EQ(table.partition_keys.at(0).type, "string");
  const std::map<std::string, std::string> expected = {{"CrawlerSchemaDeserializerVersion", "1.0"},
                                                       {"CrawlerSchemaSerializerVersion", "1.0"},
                                                       {"UPDATED_BY_CRAWLER", "ticklake"},
                                                       {"areColumnsQuoted", "false"},
                                                       {"averageRecordSize", "16"},
                                                       {"classification", "csv"},
                                                       {"columnsOrdered", "true"},
                                                       {"compressionType", "none"},
                                                       {"delimiter", ","},
                                                       {"objectCount", "2"},
                                                       {"recordCount", "4"},
                                                       {"sizeKey", "64"},
                                                       {"skip.header.line.count", "1"},
                                                       {"typeOfData", "file"}};
  EXPECT_EQ(table.parameters, expected);
  const auto partitions = catalog::AllPartitions(catalog_, "market", "my_trades").value();
  ASSERT_EQ(partitions.size(), 2U);
  EXPECT_THAT(partitions[1].values, ElementsAre("2024"));
  EXPECT_EQ(partitions[1].storage.location, "file:///data/My Trades/year=2024/");
  EXPECT_EQ(partitions[1].parameters.at("objectCount"), "1");
  EXPECT_THAT(partitions[1].storage.columns, IsEmpty());  // the table's
}

TEST_F(CrawlTest, ASecondCrawlChangesNothing) {
  Put("a/year=2023/x.csv", kTrades);
  Put("b/x.json", "{\"K\":1}\n");
  Crawl();
  const auto before = catalog_.GetTable("market", "a").value();
  EXPECT_THAT(Actions(Crawl()), ElementsAre("a unchanged", "b unchanged"));
  EXPECT_EQ(catalog_.GetTable("market", "a")->version, before.version);
}

TEST_F(CrawlTest, NewDataUpdatesColumnsAndPartitions) {
  Put("t/year=2023/x.csv", kTrades);
  Put("t/year=2024/x.csv", kTrades);
  Crawl();
  catalog::Table edited = catalog_.GetTable("market", "t").value();
  edited.storage.columns[0].comment = "by hand";
  edited.parameters["owner.team"] = "desk";
  ASSERT_TRUE(catalog_.UpdateTable(edited));
  Put("t/year=2025/x.csv", "ts,symbol,price,venue\n1,A,x,N\n");
  Put("t/year=2024/y.csv", kTrades);
  const CrawlPlan plan = Crawl();
  EXPECT_THAT(Actions(plan), ElementsAre("t update"));
  EXPECT_THAT(plan.tables[0].changes, Contains("new column venue string"));
  EXPECT_THAT(plan.tables[0].changes, Contains("column price: string, was double"));
  EXPECT_THAT(plan.tables[0].added, SizeIs(1));
  EXPECT_THAT(plan.tables[0].changed, SizeIs(2));  // one has more files, both fewer columns
  const catalog::Table table = catalog_.GetTable("market", "t").value();
  EXPECT_EQ(table.storage.columns.size(), 4U);
  EXPECT_EQ(table.storage.columns[0].comment, "by hand");
  EXPECT_EQ(table.parameters.at("owner.team"), "desk");
  EXPECT_EQ(catalog_.GetPartition("market", "t", {"2024"})->parameters.at("objectCount"), "2");
  EXPECT_EQ(catalog_.GetPartition("market", "t", {"2023"})->storage.columns.size(), 3U);
}

TEST_F(CrawlTest, WhatIsGoneIsToldAndStays) {
  Put("t/year=2023/x.csv", kTrades);
  Put("t/year=2024/x.csv", kTrades);
  Put("u/x.json", "{\"K\":1}\n");
  Crawl();
  ASSERT_TRUE(store_->Delete("data/t/year=2023/x.csv"));
  ASSERT_TRUE(store_->Delete("data/u/x.json"));
  const CrawlPlan plan = Crawl();
  EXPECT_THAT(plan.gone, ElementsAre("u"));
  EXPECT_THAT(plan.tables.at(0).gone, ElementsAre(ElementsAre("2023")));
  EXPECT_TRUE(catalog_.GetTable("market", "u"));
  EXPECT_TRUE(catalog_.GetPartition("market", "t", {"2023"}));
}

TEST_F(CrawlTest, OtherKeysReplaceThePartitions) {
  Put("t/2023/x.csv", kTrades);
  Put("t/2024/x.csv", kTrades);
  Crawl();
  for (const char* key : {"data/t/2023/x.csv", "data/t/2024/x.csv"})
    ASSERT_TRUE(store_->Delete(key));
  Put("t/year=2023/month=01/x.csv", kTrades);
  EXPECT_THAT(Actions(Crawl()), ElementsAre("t update"));
  EXPECT_EQ(catalog_.GetTable("market", "t")->partition_keys.size(), 2U);
  const auto partitions = catalog::AllPartitions(catalog_, "market", "t").value();
  ASSERT_EQ(partitions.size(), 1U);
  EXPECT_THAT(partitions[0].values, ElementsAre("2023", "01"));
}

TEST_F(CrawlTest, NeverTouchesATableThatNoCrawlMade) {
  catalog::Table sinks{.database = "market", .name = "trades"};
  sinks.storage.location = "file:///lake/market/trades";
  ASSERT_TRUE(catalog_.CreateTable(sinks));
  catalog::Table by_hand{.database = "market", .name = "mine"};
  by_hand.storage.location = "file:///data/notes";
  ASSERT_TRUE(catalog_.CreateTable(by_hand));
  Put("trades/x.csv", kTrades);
  Put("notes/x.json", "{\"K\":1}\n");
  const CrawlPlan plan = Crawl();
  ASSERT_EQ(plan.tables.size(), 2U);
  EXPECT_EQ(plan.tables[0].action, Action::kLeave);
  EXPECT_THAT(plan.tables[0].problem, HasSubstr("market.mine"));
  EXPECT_THAT(plan.tables[1].entry.name, testing::MatchesRegex("trades_[0-9a-f]{8}"));
  EXPECT_THAT(plan.tables[1].name_why, HasSubstr("another table"));
  EXPECT_EQ(catalog_.GetTable("market", "trades")->version, 1);
  EXPECT_EQ(catalog_.GetTable("market", "mine")->version, 1);
  EXPECT_THAT(Actions(Crawl()), Contains(HasSubstr("unchanged")));  // finds its own name again
}

TEST_F(CrawlTest, LosesARaceWithoutHarm) {
  Put("t/x.csv", kTrades);
  CrawlPlan first = Plan();
  CrawlPlan second = Plan();
  ASSERT_TRUE(Apply(catalog_, first));
  ASSERT_TRUE(Apply(catalog_, second));
  EXPECT_EQ(second.tables[0].action, Action::kLeave);
  EXPECT_THAT(second.tables[0].problem, HasSubstr("crawl again"));
  Put("t/y.csv", kTrades);
  first = Plan();
  second = Plan();
  ASSERT_TRUE(Apply(catalog_, first));
  ASSERT_TRUE(Apply(catalog_, second));
  EXPECT_EQ(second.tables[0].action, Action::kLeave);
  EXPECT_EQ(catalog_.GetTable("market", "t")->version, 2);
}

TEST_F(CrawlTest, TablesOfOneNameAreToldApart) {
  Put("a/t/x.csv", kTrades);
  Put("b/t/x.json", "{\"K\":1}\n");
  const CrawlPlan plan = Crawl();
  EXPECT_EQ(plan.tables.at(0).entry.name, "t");
  EXPECT_THAT(plan.tables.at(1).entry.name, testing::MatchesRegex("t_[0-9a-f]{8}"));
}

TEST_F(CrawlTest, MakesItsDatabaseOnlyForATable) {
  Put("notes.txt", "nothing here\n");
  auto tree = BuildTree(*store_, "data/", tree_options_).value();
  auto plan =
      MakePlan(*store_, catalog_, {.database = "fresh"}, tree, FindTables(tree, {})).value();
  ASSERT_TRUE(Apply(catalog_, plan));
  EXPECT_FALSE(catalog_.GetDatabase("fresh"));
  Put("t/x.csv", kTrades);
  tree = BuildTree(*store_, "data/", tree_options_).value();
  plan = MakePlan(*store_, catalog_, {.database = "fresh"}, tree, FindTables(tree, {})).value();
  ASSERT_TRUE(Apply(catalog_, plan));
  EXPECT_TRUE(catalog_.GetTable("fresh", "t"));
}

}  // namespace
}  // namespace ticklake::lake::crawler
