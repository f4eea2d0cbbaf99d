#include "aws/glue/glue_service.h"

#include <fstream>
#include <set>
#include <sstream>

#include "aws/glue/glue_fixture.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr char kTable[] =
    R"({"DatabaseName":"d","TableInput":{"Name":"T","TableType":"EXTERNAL_TABLE",
  "StorageDescriptor":{"Columns":[{"Name":"a","Type":"int"}],"Location":"s3://b/t","SkewedInfo":
  {"SkewedColumnNames":[]},"Parameters":{},"SerdeInfo":{"SerializationLibrary":"x"}},
  "PartitionKeys":[{"Name":"k","Type":"string"}],"Parameters":{"a":"b"}}})";

class DataCatalogTest : public GlueTest {
 protected:
  void SetUp() override {
    Make("CreateDatabase", R"({"DatabaseInput":{"Name":"D","Parameters":{}}})");
    Make("CreateTable", kTable);
  }
  json::object Table() {
    return Ask("GetTable", R"({"DatabaseName":"d","Name":"t"})").at("Table").as_object();
  }
  // The table's input with another comment, as a client echoes it.
  std::string Update(const std::string& more) {
    return R"({"DatabaseName":"d","TableInput":{"Name":"t","Description":"new"})" + more + "}";
  }
  void Partitions(int from, int to) {
    for (; from < to; ++from) {
      Make(
          "CreatePartition",
          fmt::format(R"({{"DatabaseName":"d","TableName":"t","PartitionInput":{{"Values":["{:03}"],
             "StorageDescriptor":{{"Location":"s3://b/t/{}","Columns":[{{"Name":"a"}}]}}}}}})",
                      from, from));
    }
  }
};

TEST_F(DataCatalogTest, ShowsWhatItWasGivenAndNothingEmpty) {
  const json::object table = Table();
  EXPECT_EQ(table.at("Name"), "t");
  EXPECT_EQ(table.at("VersionId"), "1");
  EXPECT_EQ(table.at("CatalogId"), kAccount);
  EXPECT_EQ(table.at("CreatedBy").as_string(), caller_.arn);
  EXPECT_EQ(table.at("CreateTime"), 1'700'000'000.123);
  EXPECT_EQ(table.at("StorageDescriptor"), json::parse(R"({"SkewedInfo":{"SkewedColumnNames":[]},
    "Parameters":{},"Columns":[{"Name":"a","Type":"int"}],"Location":"s3://b/t","Compressed":false,
    "NumberOfBuckets":0,"SerdeInfo":{"SerializationLibrary":"x"},"SortColumns":[],
    "StoredAsSubDirectories":false})"));
  EXPECT_FALSE(table.contains("Description"));
  EXPECT_FALSE(table.contains("Owner"));
  const json::object database = Ask("GetDatabase", R"({"Name":"d"})").at("Database").as_object();
  EXPECT_EQ(database.at("Parameters"), json::object());
  EXPECT_FALSE(database.contains("LocationUri"));
}

TEST_F(DataCatalogTest, ParametersMayHoldHivesDelimiters) {
  const std::string serde =
      R"("SerdeInfo":{"SerializationLibrary":"x","Parameters":{"field.delim":"\u0001"}})";
  Make("UpdateTable",
       R"({"DatabaseName":"d","TableInput":{"Name":"t","StorageDescriptor":{)" + serde + "}}}");
  const json::value storage = Table().at("StorageDescriptor");
  EXPECT_EQ(storage.at("SerdeInfo").at("Parameters").at("field.delim"), "\x01");
  EXPECT_EQ(Code("CreateDatabase", R"({"DatabaseInput":{"Name":"a\u0001"}})"),
            "InvalidInputException");
}

TEST_F(DataCatalogTest, UpdatesByVersion) {
  Make("UpdateTable", Update(R"(,"VersionId":"1")"));
  EXPECT_EQ(Code("UpdateTable", Update(R"(,"VersionId":"1")")), "ConcurrentModificationException");
  EXPECT_EQ(Code("UpdateTable", Update(R"(,"VersionId":"x")")), "ConcurrentModificationException");
  Make("UpdateTable", Update(R"(,"SkipArchive":true)"));
  EXPECT_EQ(Table().at("VersionId"), "3");
  EXPECT_EQ(Table().at("CreatedBy").as_string(), caller_.arn);
  EXPECT_EQ(Code("UpdateTable", R"({"DatabaseName":"d","TableInput":{"Name":"other"}})"),
            "EntityNotFoundException");
  // Version 2 was not put aside.
  const auto all = Ask("GetTableVersions", R"({"DatabaseName":"d","TableName":"t"})");
  std::string ids;
  for (const auto& version : all.at("TableVersions").as_array()) {
    ids += json::value_to<std::string>(version.at("VersionId")) + " ";
  }
  EXPECT_EQ(ids, "1 3 ");
  const auto first =
      Ask("GetTableVersion", R"({"DatabaseName":"d","TableName":"t","VersionId":"1"})");
  EXPECT_EQ(first.at("TableVersion").at("Table").at("PartitionKeys").as_array().size(), 1U);
  const std::string base = R"({"DatabaseName":"d","TableName":"t","VersionId":)";
  EXPECT_EQ(Code("GetTableVersion", base + R"("2"})"), "EntityNotFoundException");
  EXPECT_EQ(Code("GetTableVersion", base + R"("1x"})"), "InvalidInputException");
  EXPECT_EQ(Code("DeleteTableVersion", base + R"("3"})"), "InvalidInputException");
  EXPECT_EQ(Code("DeleteTableVersion", base + R"("1"})"), "");
  EXPECT_EQ(Code("DeleteTableVersion", base + R"("1"})"), "EntityNotFoundException");
}

TEST_F(DataCatalogTest, PagesAndSegmentsCoverAllPartitionsOnce) {
  Partitions(0, 60);
  const std::string base = R"({"DatabaseName":"d","TableName":"t")";
  for (const char* more : {"", R"(,"Expression":"k >= '000'")"}) {
    std::multiset<std::string> seen;
    for (int segment = 0; segment < 3; ++segment) {
      std::string token;
      do {
        const auto answer = Ask(
            "GetPartitions",
            base + more + R"(,"MaxResults":7,"ExcludeColumnSchema":true)" + token +
                fmt::format(R"(,"Segment":{{"SegmentNumber":{},"TotalSegments":3}}}})", segment));
        const auto& page = answer.at("Partitions").as_array();
        EXPECT_LE(page.size(), 7U);
        for (const auto& partition : page) {
          seen.insert(json::value_to<std::string>(partition.at("Values").at(0)));
          EXPECT_FALSE(partition.at("StorageDescriptor").as_object().contains("Columns"));
        }
        const auto* next = answer.if_contains("NextToken");
        token = next == nullptr ? "" : R"(,"NextToken":)" + json::serialize(*next);
      } while (!token.empty());
    }
    EXPECT_EQ(seen.size(), 60U);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 60U);
  }
  EXPECT_EQ(Code("GetPartitions", base + R"(,"NextToken":"00"})"), "InvalidInputException");
  EXPECT_EQ(Code("GetPartitions", base + R"(,"Segment":{"SegmentNumber":3,"TotalSegments":3}})"),
            "InvalidInputException");
  const auto some = Ask("GetPartitions", base + R"(,"Expression":"k > '057'"})");
  EXPECT_EQ(some.at("Partitions").as_array().size(), 2U);
}

TEST_F(DataCatalogTest, DeletingADatabaseTakesItsTables) {
  Partitions(0, 1);
  Make("DeleteDatabase", R"({"Name":"d"})");
  EXPECT_EQ(Code("GetTable", R"({"DatabaseName":"d","Name":"t"})"), "EntityNotFoundException");
  Make("CreateDatabase", R"({"DatabaseInput":{"Name":"d"}})");
  EXPECT_TRUE(Ask("GetTables", R"({"DatabaseName":"d"})").at("TableList").as_array().empty());
}

TEST_F(DataCatalogTest, StatisticsGoWithTheirPartition) {
  Partitions(0, 2);
  const std::string of = R"({"DatabaseName":"d","TableName":"t","PartitionValues":["001"],)";
  Make("UpdateColumnStatisticsForPartition",
       of + R"("ColumnStatisticsList":[{"ColumnName":"a","ColumnType":"int","AnalyzedTime":1,
         "StatisticsData":{"Type":"LONG","LongColumnStatisticsData":{"NumberOfNulls":1,
         "NumberOfDistinctValues":2}}}]})");
  const std::string get = of + R"("ColumnNames":["a","b"]})";
  const auto answer = Ask("GetColumnStatisticsForPartition", get);
  EXPECT_EQ(answer.at("ColumnStatisticsList").as_array().size(), 1U);
  EXPECT_EQ(answer.at("Errors").at(0).at("ColumnName"), "b");
  Make("DeletePartition", R"({"DatabaseName":"d","TableName":"t","PartitionValues":["001"]})");
  EXPECT_EQ(Code("GetColumnStatisticsForPartition", get), "EntityNotFoundException");
  Partitions(1, 2);
  EXPECT_TRUE(
      Ask("GetColumnStatisticsForPartition", get).at("ColumnStatisticsList").as_array().empty());
  EXPECT_EQ(Code("UpdateColumnStatisticsForPartition",
                 of + R"("ColumnStatisticsList":[{"ColumnName":"a","ColumnType":"int",
                   "StatisticsData":{"Type":"LONG","DateColumnStatisticsData":{}}}]})"),
            "InvalidInputException");
}

TEST_F(DataCatalogTest, KeysThatMayNotDoAll) {
  caller_.read_only = true;
  EXPECT_EQ(Code("DeleteDatabase", R"({"Name":"d"})"), "AccessDeniedException");
  EXPECT_EQ(Code("GetDatabase", R"({"Name":"d"})"), "");
  caller_.read_only = false;
  Make("CreateDatabase", R"({"DatabaseInput":{"Name":"other"}})");
  caller_.scope = "d";
  EXPECT_EQ(Code("GetTable", R"({"DatabaseName":"D","Name":"t"})"), "");
  EXPECT_EQ(Code("GetTables", R"({"DatabaseName":"other"})"), "AccessDeniedException");
  EXPECT_EQ(Code("GetDatabase", R"({"Name":"other"})"), "AccessDeniedException");
  EXPECT_EQ(Code("CreateDatabase", R"({"DatabaseInput":{"Name":"third"}})"),
            "AccessDeniedException");
  EXPECT_EQ(Code("PutResourcePolicy", R"({"PolicyInJson":"{}"})"), "AccessDeniedException");
  EXPECT_EQ(Ask("GetDatabases", "{}").at("DatabaseList").as_array().size(), 1U);
  EXPECT_EQ(Ask("SearchTables", "{}").at("TableList").as_array().size(), 1U);
}

TEST_F(DataCatalogTest, RefusesWhatIsOutOfBounds) {
  for (const std::string& input :
       {std::string(R"({"Name":""})"), R"({"Name":")" + std::string(256, 'x') + "\"}",
        std::string(R"({"Name":"a\nb"})"), std::string("{}"), std::string(R"({"Name":null})")}) {
    EXPECT_EQ(Code("GetDatabase", input), "InvalidInputException") << input;
  }
  for (const char* input : {"", "[]", "{", "1", R"({"Name":1})", R"({"Name":"\u12"})"}) {
    const std::string code = Code("GetDatabase", input);
    EXPECT_EQ(code, *input == 0 ? "InvalidInputException" : "SerializationException") << input;
  }
  const std::string deep =
      R"({"Name":"d","x":)" + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(Code("GetDatabase", deep), "SerializationException");
  EXPECT_EQ(Code("Nothing", "{}"), "UnknownOperationException");
  EXPECT_EQ(Code("CreateJob", "{}"), "OperationNotSupportedException");
  EXPECT_EQ(Code("GetTables", R"({"DatabaseName":"d","Expression":"("})"), "InvalidInputException");
  EXPECT_EQ(Code("GetTables", R"({"DatabaseName":"d","MaxResults":0})"), "InvalidInputException");
}

TEST_F(GlueTest, EntriesAreOfTheCatalogThatClientsName) {
  Make("CreateDatabase", R"({"CatalogId":"444444444444","DatabaseInput":{"Name":"d"}})");
  Make("CreateTable", R"({"DatabaseName":"d","TableInput":{"Name":"t"}})");
  const std::string mine = R"({"CatalogId":"444444444444","DatabaseName":"d",)";
  const auto table = Ask("GetTable", mine + R"("Name":"t"})");
  EXPECT_EQ(table.at("Table").at("CatalogId"), "444444444444");
  EXPECT_EQ(Ask("GetTables", mine + R"("Expression":"t"})").at("TableList").at(0).at("CatalogId"),
            "444444444444");
  EXPECT_EQ(Ask("GetTableVersion", mine + R"("TableName":"t"})")
                .at("TableVersion")
                .at("Table")
                .at("CatalogId"),
            "444444444444");
  EXPECT_EQ(Ask("GetDatabase", R"({"Name":"d"})").at("Database").at("CatalogId"), kAccount);
}

}  // namespace
}  // namespace ticklake::aws::glue
