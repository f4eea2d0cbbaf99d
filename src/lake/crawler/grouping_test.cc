// Trees of files to tables: roots, partitions, what is one table and what several.
#include <gmock/gmock.h>

#include "lake/crawler/crawl_fixture.h"

namespace ticklake::lake::crawler {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTrades[] = "ts,symbol,price\n1,A,1.5\n2,B,2.5\n";
constexpr char kQuotes[] = "ts,bid,ask,venue,size\n1,1.5,1.6,X,7\n";

TEST_F(CrawlTest, AFolderOfLikeFilesIsATable) {
  Put("trades/1.csv", kTrades);
  Put("trades/2.csv", kTrades);
  const auto tables = Find();
  EXPECT_THAT(Texts(tables),
              ElementsAre("data/trades/[] csv ts:bigint,symbol:string,price:double"));
  EXPECT_EQ(tables[0].hint, "trades");
  EXPECT_EQ(tables[0].files, 2U);
  EXPECT_EQ(tables[0].records, 4);
}

TEST_F(CrawlTest, NamedFoldersArePartitions) {
  Put("trades/year=2023/month=01/a.csv", kTrades);
  Put("trades/year=2024/month=01/a.csv", kTrades);
  Put("trades/year=2024/month=02/a.csv", kTrades);
  const auto tables = Find();
  EXPECT_THAT(Texts(tables),
              ElementsAre("data/trades/[year,month] csv ts:bigint,symbol:string,price:double"));
  ASSERT_EQ(tables[0].parts.size(), 3U);
  EXPECT_THAT(tables[0].parts[0].values, ElementsAre("2023", "01"));
  EXPECT_EQ(tables[0].parts[0].folder, "data/trades/year=2023/month=01/");
}

TEST_F(CrawlTest, PlainFoldersArePartitionsToo) {
  Put("trades/2023/eu/a.csv", kTrades);
  Put("trades/2023/us/a.csv", kTrades);
  Put("trades/2024/us/a.csv", kTrades);
  Put("trades/2024/eu/a.csv", kTrades);
  EXPECT_THAT(Texts(Find()), ElementsAre(HasSubstr("data/trades/[partition_0,partition_1]")));
}

TEST_F(CrawlTest, ASingleFolderIsAPartitionOnlyIfItLooksLikeOne) {
  Put("a/year=2024/x.csv", kTrades);
  Put("b/2024/01/x.csv", kTrades + std::string("3,C,x\n"));
  Put("c/latest/x.csv", kQuotes);
  EXPECT_THAT(Texts(Find()),
              ElementsAre(HasSubstr("data/a/[year]"), HasSubstr("data/b/[partition_0,partition_1]"),
                          HasSubstr("data/c/latest/[]")));
}

TEST_F(CrawlTest, DifferentColumnsAreDifferentTables) {
  Put("trades/1.csv", kTrades);
  Put("quotes/1.csv", kQuotes);
  const auto tables = Find();
  EXPECT_THAT(Texts(tables), ElementsAre(HasSubstr("data/quotes/"), HasSubstr("data/trades/")));
  EXPECT_THAT(tables[0].why, Contains(HasSubstr("only 25 % alike")));
}

TEST_F(CrawlTest, YearsOfDifferentColumnsAreTwoTablesUnlessCombined) {
  const auto ab =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())});
  const auto cd =
      arrow::schema({arrow::field("c", arrow::int64()), arrow::field("d", arrow::utf8())});
  Put("t/year=2017/x.parquet", ParquetOf(ab, "[]"));
  Put("t/year=2018/x.parquet", ParquetOf(cd, "[]"));
  EXPECT_THAT(Texts(Find()), ElementsAre("data/t/year=2017/[] parquet a:bigint,b:string",
                                         "data/t/year=2018/[] parquet c:bigint,d:string"));
  EXPECT_THAT(Texts(Find({.combine_compatible = true})),
              ElementsAre("data/t/[year] parquet a:bigint,b:string,c:bigint,d:string"));
}

TEST_F(CrawlTest, MostFoldersAlikeMakeATableAndTheOddOneItsOwn) {
  for (const char* month : {"01", "02", "03"})
    Put("t/month=" + std::string(month) + "/a.csv", kTrades);
  Put("t/month=04/a.csv", kQuotes);
  const auto tables = Find();
  EXPECT_THAT(Texts(tables), ElementsAre(HasSubstr("data/t/[month] csv ts"),
                                         HasSubstr("data/t/month=04/[] csv ts:bigint,bid")));
  EXPECT_EQ(tables[0].parts.size(), 3U);
}

TEST_F(CrawlTest, FormatAndCompressionSeparate) {
  Put("t/a.csv", kTrades);
  Put("t/b.json", "{\"ts\":1,\"symbol\":\"A\",\"price\":1.5}\n");
  const auto tables = Find();
  EXPECT_THAT(Texts(tables),
              ElementsAre(HasSubstr("data/t/a.csv[] csv"), HasSubstr("data/t/b.json[] json")));
  EXPECT_THAT(tables[0].why, Contains(HasSubstr("csv and json")));
}

TEST_F(CrawlTest, GroupsOfFilesInOneFolderAreNamedByWhatTheyBeginWith) {
  Put("t/trades_2024-01.csv", kTrades);
  Put("t/trades_2024-02.csv", kTrades);
  Put("t/quotes_2024-01.csv", kQuotes);
  Put("t/quotes_2024-02.csv", kQuotes);
  const auto tables = Find();
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].hint, "quotes");
  EXPECT_EQ(tables[1].hint, "trades");
  EXPECT_EQ(tables[0].root, "data/t/");
  EXPECT_THAT(tables[0].exclusions,
              ElementsAre("data/t/trades_2024-01.csv", "data/t/trades_2024-02.csv"));
}

TEST_F(CrawlTest, ATableLeavesOutWhatLiesInItsFolderAndIsNotIts) {
  Put("t/a.csv", kTrades);
  Put("t/README.md", "# what this is\n");
  Put("t/LICENSE", "free\n");
  Put("t/pictures/x.png", "\x89PNG");
  Put("t/_SUCCESS", "x");
  const auto tables = Find();
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].root, "data/t/");
  EXPECT_THAT(tables[0].exclusions, ElementsAre("data/t/**.md", "data/t/*/**", "data/t/LICENSE"));
}

TEST_F(CrawlTest, JunkInPartitionsIsLeftOutOfTheTable) {
  for (const char* day : {"1", "2", "3"}) {
    Put("t/day=" + std::string(day) + "/a.csv", kTrades);
    Put("t/day=" + std::string(day) + "/a.csv.md5", "d41d8cd98f00b204e9800998ecf8427e\n");
  }
  const auto tables = Find();
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_THAT(tables[0].exclusions, ElementsAre("data/t/**.md5"));
}

TEST_F(CrawlTest, CsvColumnsInAnotherOrderAreAnotherTable) {
  Put("t/1/a.csv", "a,b,c\n1,2.5,x\n");
  Put("t/2/a.csv", "b,a,c\n2.5,1,x\n");
  const auto tables = Find();
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_THAT(tables[0].why, Contains(HasSubstr("not in the same order")));
}

TEST_F(CrawlTest, TypesOfAllFilesTogether) {
  Put("t/d=1/a.csv", "a,b,c\n1,1,1\n");
  Put("t/d=2/a.csv", "a,b,c\n1,1.5,x\n");
  const auto tables = Find({.combine_compatible = true});
  EXPECT_THAT(Texts(tables), ElementsAre("data/t/[d] csv a:bigint,b:double,c:string"));
  EXPECT_EQ(tables[0].reading.schema[2].why,
            "bigint ('1') in one file and string ('x') in another");
}

TEST_F(CrawlTest, AHeaderThatOthersHaveIsAHeader) {
  Put("t/1.csv", "id,name\n1,x\n");
  Put("t/2.csv", "id,name\nn/a,y\n");  // text throughout
  Put("t/3.csv", "id,name\n");         // no rows at all
  const auto tables = Find();
  EXPECT_THAT(Texts(tables), ElementsAre("data/t/[] csv id:string,name:string"));
  EXPECT_EQ(tables[0].files, 3U);
  EXPECT_EQ(tables[0].reading.csv.header_lines, 1);
}

TEST_F(CrawlTest, APartitionKeyNamedLikeAColumnGetsAnotherName) {
  Put("t/symbol=A/1.csv", kTrades);
  EXPECT_THAT(Texts(Find()), ElementsAre(HasSubstr("data/t/[partition_symbol]")));
}

TEST_F(CrawlTest, ValuesAreDecodedAsHiveWritesThem) {
  Put("t/when=2024-01-01 10%3A00/1.csv", kTrades);
  Put("t/when=100%/1.csv", kTrades);
  const auto tables = Find();
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_THAT(tables[0].parts[0].values, ElementsAre("100%"));
  EXPECT_THAT(tables[0].parts[1].values, ElementsAre("2024-01-01 10:00"));
}

TEST_F(CrawlTest, ATableLevelKeepsFoldersApart) {
  Put("trades/1.csv", kTrades);
  Put("fills/1.csv", kTrades);
  EXPECT_THAT(Texts(Find()), ElementsAre(HasSubstr("data/[partition_0]")));
  EXPECT_THAT(Texts(Find({.table_level = 2})),
              ElementsAre(HasSubstr("data/fills/[]"), HasSubstr("data/trades/[]")));
}

TEST_F(CrawlTest, HiddenEmptyExcludedAndForeignAreLeftOut) {
  Put("t/1.csv", kTrades);
  Put("t/.hidden.csv", kTrades);
  Put("_tmp/x.csv", kTrades);
  Put("t/empty.csv", "");
  Put("t/old.csv", kTrades);
  Put("logs/app.txt", "one line of text\nand another\n");
  tree_options_.exclusions = {"t/old*"};
  EXPECT_THAT(Texts(Find()), ElementsAre(HasSubstr("data/t/[]")));
  EXPECT_THAT(LeftOutTexts(),
              testing::UnorderedElementsAre("hidden: its name begins with _ or .: 2", "empty: 1",
                                            "excluded by --exclude: 1",
                                            HasSubstr("no form that is known here")));
}

TEST_F(CrawlTest, TablesOfOtherKindsAreNotTakenForTheirFiles) {
  const auto schema = arrow::schema({arrow::field("a", arrow::int64())});
  Put("delta/_delta_log/0.json", "{\"a\":1}");
  Put("delta/x.parquet", ParquetOf(schema, "[]"));
  Put("ice/metadata/v1.metadata.json", "{\"broken\":true}");
  Put("ice/data/x.parquet", ParquetOf(schema, "[]"));
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(LeftOutTexts(),
              testing::UnorderedElementsAre("a Delta Lake table: not read here: 1",
                                            "an Iceberg table that cannot be read here: 1"));
}

TEST_F(CrawlTest, TooManyFilesStopWithAdvice) {
  for (int i = 0; i < 5; ++i) Put(fmt::format("t/{}.csv", i), kTrades);
  tree_options_.max_files = 4;
  const auto tree = BuildTree(*store_, "data/", tree_options_);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, Code::kUnsupported);
  EXPECT_THAT(tree.error().message, HasSubstr("--exclude"));
}

TEST_F(CrawlTest, StopsWhenAsked) {
  Put("t/1.csv", kTrades);
  std::stop_source source;
  source.request_stop();
  tree_options_.stop = source.get_token();
  EXPECT_EQ(BuildTree(*store_, "data/", tree_options_).error().code, Code::kCancelled);
}

TEST_F(CrawlTest, OneFile) {
  Put("t/my trades.csv", kTrades);
  auto tree = BuildTree(*store_, "data/t/my trades.csv", tree_options_).value();
  const auto tables = FindTables(tree, {});
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].root, "data/t/my trades.csv");
  EXPECT_TRUE(tables[0].exclusions.empty());
  EXPECT_EQ(BuildTree(*store_, "data/none.csv", tree_options_).error().code, Code::kNotFound);
}

TEST_F(CrawlTest, DeepTreesEnd) {
  std::string path;
  for (int i = 0; i < 80; ++i) path += "d/";
  Put(path + "x.csv", kTrades);
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(LeftOutTexts(), Contains(HasSubstr("folders deep")));
}

}  // namespace
}  // namespace ticklake::lake::crawler
