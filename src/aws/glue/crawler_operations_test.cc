// Glue's operations on crawlers and classifiers, as the wire asks for them.
#include <gmock/gmock.h>

#include "aws/glue/crawler_fixture.h"
#include "base/uuid.h"

namespace ticklake::aws::glue {
namespace {

namespace json = boost::json;

constexpr char kCrawler[] = R"({"Name":"c","Role":"arn:aws:iam::000000000000:role/svc/r",
  "DatabaseName":"d","Targets":{"S3Targets":[{"Path":"s3://b/t"}]},"Tags":{"team":"desk"}})";
constexpr char kNamed[] = R"({"Name":"c"})";

TEST_F(CrawlerOperationsTest, ShowsWhatGlueShows) {
  ASSERT_EQ(Code("CreateCrawler", kCrawler), "");
  const json::object crawler = Ask("GetCrawler", kNamed).at("Crawler").as_object();
  EXPECT_EQ(crawler.at("Role"), "svc/r");
  EXPECT_EQ(crawler.at("State"), "READY");
  EXPECT_EQ(crawler.at("Version"), 1);
  EXPECT_EQ(crawler.at("CrawlElapsedTime"), 0);
  EXPECT_EQ(crawler.at("SchemaChangePolicy"), json::parse(R"({"UpdateBehavior":"UPDATE_IN_DATABASE",
              "DeleteBehavior":"DEPRECATE_IN_DATABASE"})"));
  EXPECT_EQ(crawler.at("RecrawlPolicy").at("RecrawlBehavior"), "CRAWL_EVERYTHING");
  EXPECT_EQ(crawler.at("Targets").at("S3Targets"),
            json::parse(R"([{"Path":"s3://b/t","Exclusions":[]}])"));
  EXPECT_EQ(crawler.at("Targets").at("JdbcTargets"), json::array());
  EXPECT_FALSE(crawler.contains("Schedule"));
  EXPECT_FALSE(crawler.contains("LastCrawl"));
  EXPECT_FALSE(crawler.contains("Tags"));
  EXPECT_EQ(Ask("ListCrawlers", R"({"Tags":{"team":"desk"}})").at("CrawlerNames"),
            json::parse(R"(["c"])"));
  EXPECT_EQ(Ask("ListCrawlers", R"({"Tags":{"team":"x"}})").at("CrawlerNames"), json::array());
}

TEST_F(CrawlerOperationsTest, RunsAndTellsItsHistory) {
  ASSERT_TRUE(store_->Put("t/year=2024/a.csv", "a,b\n1,2\n"));
  ASSERT_EQ(Code("CreateCrawler", kCrawler), "");
  ASSERT_EQ(Code("StartCrawler", kNamed), "");
  crawlers_->WaitIdle();
  const json::object crawler = Ask("GetCrawler", kNamed).at("Crawler").as_object();
  EXPECT_EQ(crawler.at("LastCrawl").at("Status"), "SUCCEEDED");
  EXPECT_EQ(Ask("GetTable", R"({"DatabaseName":"d","Name":"t"})")
                .at("Table")
                .at("Parameters")
                .at("UPDATED_BY_CRAWLER"),
            "c");
  const json::object metrics = Ask("GetCrawlerMetrics", R"({"CrawlerNameList":["c"]})")
                                   .at("CrawlerMetricsList")
                                   .at(0)
                                   .as_object();
  EXPECT_EQ(metrics.at("TablesCreated"), 1);
  const auto crawls = [&](const std::string& filters) {
    return Ask("ListCrawls", R"({"CrawlerName":"c","Filters":[)" + filters + "]}")
        .at("Crawls")
        .as_array()
        .size();
  };
  EXPECT_EQ(crawls(""), 1U);
  EXPECT_EQ(crawls(R"({"FieldName":"STATE","FilterOperator":"EQ","FieldValue":"COMPLETED"})"), 1U);
  EXPECT_EQ(crawls(R"({"FieldName":"STATE","FilterOperator":"NE","FieldValue":"COMPLETED"})"), 0U);
  EXPECT_EQ(crawls(R"({"FieldName":"START_TIME","FilterOperator":"GE",
                       "FieldValue":"1700000000123"})"),
            1U);
  EXPECT_EQ(crawls(R"({"FieldName":"START_TIME","FilterOperator":"GT",
                       "FieldValue":"1700000000123"})"),
            0U);
  EXPECT_EQ(crawls(R"({"FieldName":"END_TIME","FilterOperator":"LT",
                       "FieldValue":"2023-11-15T00:00:00+00:00"})"),
            1U);
  EXPECT_EQ(crawls(R"({"FieldName":"END_TIME","FilterOperator":"LT",
                       "FieldValue":"2023-11-14T00:00:00"})"),
            0U);
  const std::string id(
      Ask("ListCrawls", R"({"CrawlerName":"c"})").at("Crawls").at(0).at("CrawlId").as_string());
  EXPECT_TRUE(Uuid::Parse(id)) << id;
  EXPECT_EQ(
      crawls(R"({"FieldName":"CRAWL_ID","FilterOperator":"EQ","FieldValue":")" + id + R"("})"), 1U);
}

TEST_F(CrawlerOperationsTest, FiltersThatAreNone) {
  ASSERT_EQ(Code("CreateCrawler", kCrawler), "");
  const auto refusal = [&](const std::string& filter) {
    const json::object answer =
        Ask("ListCrawls", R"({"CrawlerName":"c","Filters":[{)" + filter + "}]}");
    return answer.contains("Message") ? std::string(answer.at("__type").as_string()) + ": " +
                                            std::string(answer.at("Message").as_string())
                                      : "";
  };
  EXPECT_EQ(refusal(R"("FieldName":"X","FilterOperator":"EQ","FieldValue":"1")"),
            "ValidationException: Value 'X' at 'filters.1.member.fieldName' failed to satisfy "
            "constraint: Member must satisfy enum value set: [START_TIME, END_TIME, STATE, "
            "CRAWL_ID, DPU_HOUR]");
  EXPECT_THAT(refusal(R"("FieldName":"STATE","FilterOperator":"~","FieldValue":"1")"),
              ::testing::StartsWith("ValidationException: Value '~' at 'filters.1.member.filter"));
  EXPECT_EQ(refusal(R"("FieldName":"STATE","FilterOperator":"GT","FieldValue":"FAILED")"),
            "InvalidInputException: Only EQ or NE operator is allowed for field : STATE");
  EXPECT_EQ(refusal(R"("FieldName":"STATE","FilterOperator":"EQ")"),
            "InvalidInputException: Invalid Filter Provided: FieldName: STATE, FilterOperator: EQ, "
            "FieldValue: null");
  for (const char* value : {"yesterday", "", "12x"}) {
    EXPECT_THAT(refusal(fmt::format(
                    R"("FieldName":"START_TIME","FilterOperator":"EQ","FieldValue":"{}")", value)),
                ::testing::StartsWith("InvalidInputException: Filters:"))
        << value;
  }
}

// Only what Glue's model has is kept, and within its limits: what is read is shown again.
TEST_F(CrawlerOperationsTest, KeepsWhatTheModelHas) {
  ASSERT_EQ(Code("CreateCrawler", R"({"Name":"c","Role":"r","DatabaseName":"d","Other":1,
                 "Description":"","Targets":{"S3Targets":[{"Path":"s3://b/t","ConnectionName":"",
                 "SampleSize":null,"Other":[]}]},"LineageConfiguration":{"Other":true},
                 "LakeFormationConfiguration":{"AccountId":""}})"),
            "");
  const json::object crawler = Ask("GetCrawler", kNamed).at("Crawler").as_object();
  EXPECT_FALSE(crawler.contains("Other"));
  EXPECT_FALSE(crawler.contains("Description"));
  EXPECT_EQ(crawler.at("Targets").at("S3Targets"),
            json::parse(R"([{"Path":"s3://b/t","Exclusions":[]}])"));
  EXPECT_EQ(crawler.at("LineageConfiguration"),
            json::parse(R"({"CrawlerLineageSettings":"DISABLE"})"));
  EXPECT_EQ(crawler.at("LakeFormationConfiguration"),
            json::parse(R"({"UseLakeFormationCredentials":false})"));
  for (const char* wrong : {R"("SchemaChangePolicy":{"UpdateBehavior":"NONE"})",
                            R"("LineageConfiguration":{"CrawlerLineageSettings":"MAYBE"})",
                            R"("Targets":{"S3Targets":[{"Path":"s3://b/t","SampleSize":250}]})",
                            R"("LakeFormationConfiguration":{"AccountId":"0000000000000"})"}) {
    EXPECT_EQ(Code("UpdateCrawler", std::string(R"({"Name":"c",)") + wrong + "}"),
              "InvalidInputException")
        << wrong;
  }
  ASSERT_EQ(Code("CreateClassifier", R"({"XMLClassifier":{"Name":"x","Classification":"feed",
                 "RowTag":"","Other":1}})"),
            "");
  const json::value shown = Ask("GetClassifier", R"({"Name":"x"})").at("Classifier");
  EXPECT_FALSE(shown.at("XMLClassifier").as_object().contains("Other"));
  EXPECT_FALSE(shown.at("XMLClassifier").as_object().contains("RowTag"));
  EXPECT_EQ(Code("CreateClassifier", R"({"XMLClassifier":{"Name":"y"}})"), "InvalidInputException");
  EXPECT_EQ(Code("CreateClassifier", R"({"JsonClassifier":{"Name":"y"}})"),
            "InvalidInputException");
}

TEST_F(CrawlerOperationsTest, ErrorsAreGlues) {
  ASSERT_EQ(Code("CreateCrawler", kCrawler), "");
  EXPECT_EQ(Code("CreateCrawler", kCrawler), "AlreadyExistsException");
  for (const char* operation : {"GetCrawler", "StartCrawler", "StopCrawler", "DeleteCrawler"}) {
    EXPECT_EQ(Code(operation, R"({"Name":"x"})"), "EntityNotFoundException") << operation;
  }
  EXPECT_EQ(Code("StopCrawler", kNamed), "CrawlerNotRunningException");
  EXPECT_EQ(Code("StartCrawlerSchedule", R"({"CrawlerName":"c"})"), "NoScheduleException");
  EXPECT_EQ(Code("StopCrawlerSchedule", R"({"CrawlerName":"c"})"), "SchedulerNotRunningException");
  EXPECT_EQ(Code("UpdateCrawlerSchedule", R"({"CrawlerName":"c","Schedule":"hourly"})"),
            "InvalidInputException");
  EXPECT_EQ(
      Code("UpdateCrawlerSchedule", R"j({"CrawlerName":"c","Schedule":"cron(0 1 * * ? *)"})j"), "");
  EXPECT_EQ(Code("StartCrawlerSchedule", R"({"CrawlerName":"c"})"), "SchedulerRunningException");
  EXPECT_EQ(Code("CreateCrawler", R"({"Name":"n","Role":"r","Targets":{}})"),
            "InvalidInputException");
  EXPECT_EQ(Code("CreateCrawler", R"({"Name":"n","Role":"r","DatabaseName":"d","Classifiers":["x"],
                 "Targets":{"S3Targets":[{"Path":"s3://b/t"}]}})"),
            "EntityNotFoundException");
  EXPECT_EQ(Code("CreateCrawler", R"({"Name":"n","Role":"r",
                 "Targets":{"JdbcTargets":[{"ConnectionName":"x","Path":"y"}]}})"),
            "InvalidInputException");
  EXPECT_EQ(Code("DeleteCrawler", kNamed), "");
  EXPECT_EQ(Code("GetCrawler", kNamed), "EntityNotFoundException");
  const json::object found = Ask("BatchGetCrawlers", R"({"CrawlerNames":["c"]})");
  EXPECT_EQ(found.at("CrawlersNotFound"), json::parse(R"(["c"])"));
}

TEST_F(CrawlerOperationsTest, UpdateReplacesWhatIsGiven) {
  ASSERT_EQ(Code("CreateCrawler", kCrawler), "");
  ASSERT_EQ(
      Code("UpdateCrawler", R"j({"Name":"c","Description":"new","Schedule":"cron(0 1 * * ? *)"})j"),
      "");
  const json::object crawler = Ask("GetCrawler", kNamed).at("Crawler").as_object();
  EXPECT_EQ(crawler.at("Description"), "new");
  EXPECT_EQ(crawler.at("Version"), 2);
  EXPECT_EQ(crawler.at("DatabaseName"), "d");
  EXPECT_EQ(crawler.at("Schedule"),
            json::parse(R"j({"ScheduleExpression":"cron(0 1 * * ? *)","State":"SCHEDULED"})j"));
}

TEST_F(CrawlerOperationsTest, Classifiers) {
  const char* const kCsv =
      R"({"CsvClassifier":{"Name":"k","Delimiter":"~","ContainsHeader":"PRESENT"}})";
  ASSERT_EQ(Code("CreateClassifier", kCsv), "");
  EXPECT_EQ(Code("CreateClassifier", kCsv), "AlreadyExistsException");
  EXPECT_EQ(Code("CreateClassifier", R"({"JsonClassifier":{"Name":"j","JsonPath":"nope"}})"),
            "InvalidInputException");
  EXPECT_EQ(Code("CreateClassifier", "{}"), "InvalidInputException");
  EXPECT_EQ(Code("UpdateClassifier", R"({"CsvClassifier":{"Name":"k","QuoteSymbol":"'"}})"), "");
  EXPECT_EQ(Code("UpdateClassifier", R"({"CsvClassifier":{"Name":"x"}})"),
            "EntityNotFoundException");
  const json::object shown = Ask("GetClassifier", R"({"Name":"k"})").at("Classifier").as_object();
  EXPECT_EQ(shown.at("CsvClassifier").at("Delimiter"), "~");
  EXPECT_EQ(shown.at("CsvClassifier").at("QuoteSymbol"), "'");
  EXPECT_EQ(shown.at("CsvClassifier").at("Version"), 2);
  EXPECT_EQ(Ask("GetClassifiers", "{}").at("Classifiers").as_array().size(), 1U);
  ASSERT_TRUE(store_->Put("t/a.csv", "a~b\n1~x\n"));
  ASSERT_EQ(Code("CreateCrawler", R"({"Name":"c","Role":"r","DatabaseName":"d","Classifiers":["k"],
                 "Targets":{"S3Targets":[{"Path":"s3://b/t"}]}})"),
            "");
  ASSERT_EQ(Code("StartCrawler", kNamed), "");
  crawlers_->WaitIdle();
  EXPECT_EQ(Ask("GetTable", R"({"DatabaseName":"d","Name":"t"})")
                .at("Table")
                .at("Parameters")
                .at("delimiter"),
            "~");
  EXPECT_EQ(Code("DeleteClassifier", R"({"Name":"k"})"), "");
  EXPECT_EQ(Code("DeleteClassifier", R"({"Name":"k"})"), "EntityNotFoundException");
}

}  // namespace
}  // namespace ticklake::aws::glue
