// SchemaChangePolicy, recrawls, samples: what a crawler may change, and what it looks at.
#include <gmock/gmock.h>

#include "lake/crawler/crawl_fixture.h"

namespace ticklake::lake::crawler {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTrades[] = "ts,symbol,price\n1,A,1.5\n2,B,2.5\n";
constexpr char kWider[] = "ts,symbol,price,venue\n1,A,x,N\n2,B,2.5,N\n";

class PolicyTest : public CrawlTest {
 protected:
  PolicyTest() {
    options_.database = "market";
    options_.now = 5 * kNanosPerSecond;
    Put("t/year=2023/x.csv", kTrades);
    Put("t/year=2024/x.csv", kTrades);
    Put("u/x.json", "{\"K\":1}\n");
  }

  CrawlPlan Run() {
    auto tree = BuildTree(*store_, "data/", tree_options_).value();
    auto found = FindTables(tree, {});
    CrawlPlan plan =
        MakePlan(*store_, catalog_, options_, std::move(tree), std::move(found)).value();
    EXPECT_TRUE(Apply(catalog_, plan));
    return plan;
  }
  std::vector<std::string> Columns(const std::string& table) {
    std::vector<std::string> texts;
    const catalog::Table stored = catalog_.GetTable("market", table).value();
    for (const auto& column : stored.storage.columns) {
      texts.push_back(column.name + " " + column.type);
    }
    return texts;
  }
  size_t PartitionCount() { return catalog::AllPartitions(catalog_, "market", "t").value().size(); }
  void Remove() {
    ASSERT_TRUE(store_->Delete("data/t/year=2023/x.csv"));
    ASSERT_TRUE(store_->Delete("data/u/x.json"));
  }

  PlanOptions options_;
};

TEST_F(PolicyTest, LogLeavesTheTableAndAddsPartitions) {
  Run();
  options_.update = UpdateBehavior::kLog;
  Put("t/year=2025/x.csv", kWider);
  const CrawlPlan plan = Run();
  EXPECT_THAT(Columns("t"), ElementsAre("ts bigint", "symbol string", "price double"));
  EXPECT_EQ(catalog_.GetTable("market", "t")->version, 1);
  EXPECT_THAT(plan.tables[0].only_told, Contains("new column venue string"));
  EXPECT_EQ(PartitionCount(), 3U);
}

TEST_F(PolicyTest, MergeAddsColumnsAndKeepsTheOthers) {
  Run();
  options_.update = UpdateBehavior::kMergeNewColumns;
  Put("t/year=2025/x.csv", kWider);
  Run();
  EXPECT_THAT(Columns("t"),
              ElementsAre("ts bigint", "symbol string", "price double", "venue string"));
  const CrawlPlan again = Run();
  EXPECT_EQ(again.tables[0].action, Action::kKeep);
}

TEST_F(PolicyTest, PartitionsMayInheritTheTablesColumns) {
  options_.partitions_inherit = true;
  Put("t/year=2025/x.csv", kWider);
  Run();
  for (const auto& partition : catalog::AllPartitions(catalog_, "market", "t").value()) {
    EXPECT_THAT(partition.storage.columns, IsEmpty());
  }
}

TEST_F(PolicyTest, DeleteRemovesWhatIsGone) {
  Run();
  Remove();
  options_.gone = DeleteBehavior::kDelete;
  Run();
  EXPECT_FALSE(catalog_.GetTable("market", "u"));
  EXPECT_EQ(PartitionCount(), 1U);
}

TEST_F(PolicyTest, AnotherCrawlersTableIsNotDeleted) {
  options_.crawler = "other";
  Run();
  Remove();
  options_.crawler = "mine";
  options_.gone = DeleteBehavior::kDelete;
  const CrawlPlan plan = Run();
  EXPECT_THAT(plan.gone, ElementsAre("u"));
  EXPECT_TRUE(catalog_.GetTable("market", "u"));
}

TEST_F(PolicyTest, DeprecateMarksAndTakesTheMarkBack) {
  Run();
  Remove();
  options_.gone = DeleteBehavior::kDeprecate;
  Run();
  EXPECT_EQ(catalog_.GetTable("market", "u")->parameters.at(kDeprecatedByCrawler), "5000");
  EXPECT_EQ(catalog_.GetPartition("market", "t", {"2023"})->parameters.at(kDeprecatedByCrawler),
            "5000");
  options_.now = 9 * kNanosPerSecond;
  Run();  // once is enough
  EXPECT_EQ(catalog_.GetTable("market", "u")->parameters.at(kDeprecatedByCrawler), "5000");
  EXPECT_EQ(catalog_.GetTable("market", "u")->version, 2);
  Put("t/year=2023/x.csv", kTrades);
  Put("u/x.json", "{\"K\":1}\n");
  Run();
  EXPECT_FALSE(catalog_.GetTable("market", "u")->parameters.contains(kDeprecatedByCrawler));
  EXPECT_FALSE(
      catalog_.GetPartition("market", "t", {"2023"})->parameters.contains(kDeprecatedByCrawler));
}

TEST_F(PolicyTest, OnlyNewFoldersAreLookedAt) {
  Run();
  options_.update = UpdateBehavior::kLog;
  options_.new_folders_only = true;
  tree_options_.known_folders = {"data/t/year=2023/", "data/t/year=2024/", "data/u/"};
  Put("t/year=2023/broken.parquet", "PAR1");
  Put("t/year=2025/x.csv", kTrades);
  const CrawlPlan plan = Run();
  EXPECT_EQ(plan.files, 1U);
  EXPECT_THAT(plan.gone, IsEmpty());
  EXPECT_EQ(PartitionCount(), 3U);
}

TEST_F(PolicyTest, ASampleStandsForTheFolder) {
  for (int i = 0; i < 9; ++i) Put(fmt::format("s/{}.csv", i), kTrades);
  Put("s/a.csv", "PAR1");  // not opened
  tree_options_.sample_size = 2;
  const auto tables = Find();
  EXPECT_THAT(Texts(tables), Contains("data/s/[] csv ts:bigint,symbol:string,price:double"));
  EXPECT_EQ(tables[0].files, 10U);
}

}  // namespace
}  // namespace ticklake::lake::crawler
