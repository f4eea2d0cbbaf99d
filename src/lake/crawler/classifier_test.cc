// Each classifier on texts: what it takes, what it refuses, and which types it finds.
#include <gmock/gmock.h>

#include <vector>

#include "base/test_packed.h"
#include "lake/crawler/classify.h"
#include "lake/crawler/crawl_fixture.h"
#include "lake/crawler/csv_classifier.h"
#include "lake/crawler/json_classifier.h"
#include "lake/crawler/parquet_classifier.h"
#include "lake/crawler/sample.h"

namespace ticklake::lake::crawler {
namespace {

using ::testing::HasSubstr;

std::string Columns(const Reading& reading) {
  std::string text;
  for (const ColumnFacts& column : reading.schema) {
    text += (text.empty() ? "" : ",") + column.name + ":" + hive::ToText(TypeOf(column));
  }
  return text;
}

std::string Csv(std::string_view text, bool whole = true) {
  const auto found = ClassifyCsv(text, whole);
  if (!found) return "no: " + found.error().detail;
  const auto& csv = found->reading.csv;
  return fmt::format("{} header={} quote={} {}", DelimiterName(csv.delimiter), csv.header_lines,
                     csv.quote == '\0' ? "none" : std::string(1, csv.quote),
                     Columns(found->reading));
}

TEST(CsvClassifier, FindsDelimiterHeaderAndTypes) {
  EXPECT_EQ(Csv("Sym,Px,N,Day,At,Ok\nA,1.5,1,2024-11-22,2024-11-22 10:00:00.5,true\n"
                "B,2,2,2024-11-23,2024-11-22 10:00:01,FALSE\n"),
            "comma header=1 quote=none "
            "sym:string,px:double,n:bigint,day:date,at:timestamp,ok:boolean");
  EXPECT_EQ(Csv("1|a\n2|b\n"), "| header=0 quote=none col0:bigint,col1:string");
  EXPECT_EQ(Csv("x\ty\n1\t2\n"), "tab header=1 quote=none x:bigint,y:bigint");
  EXPECT_EQ(Csv("x;y\n1;2,5\n3;4,5\n"), "semicolon header=1 quote=none x:bigint,y:string");
  EXPECT_EQ(Csv("x\x01y\n1\x01z\n"), "\\u0001 header=1 quote=none x:bigint,y:string");
  EXPECT_EQ(Csv("x,y\r\n1,2\r\n"), "comma header=1 quote=none x:bigint,y:bigint");
  EXPECT_EQ(Csv("\xef\xbb\xbfx,y\n1,2\n"), "comma header=1 quote=none x:bigint,y:bigint");
}

TEST(CsvClassifier, QuotesMayHoldDelimitersAndLines) {
  EXPECT_EQ(Csv("id,text\n1,\"a, \"\"b\"\"\nc\"\n2,plain\n"),
            "comma header=1 quote=\" id:bigint,text:string");
  // Quotes that do not work out are ordinary characters.
  EXPECT_EQ(Csv("id,size\n1,\"5\" disk\n2,\"3\" disk\n"),
            "comma header=1 quote=none id:bigint,size:string");
}

TEST(CsvClassifier, HeaderRules) {
  // All text: nothing tells the first row apart.
  EXPECT_EQ(Csv("a,b\nc,d\n"), "comma header=0 quote=none col0:string,col1:string");
  EXPECT_EQ(ClassifyCsv("a,b\nc,d\n", true)->reading.first_row,
            (std::vector<std::string>{"a", "b"}));
  // A value in the first row.
  EXPECT_THAT(Csv("a,7\nc,8\n"), HasSubstr("header=0"));
  EXPECT_THAT(Csv("a,2024-01-01\nc,2024-01-02\n"), HasSubstr("header=0"));
  EXPECT_THAT(Csv("a,007\nc,1\n"), HasSubstr("header=0"));
  // 150 characters are too many for a name.
  EXPECT_THAT(Csv(std::string(150, 'x') + ",b\n1,2\n"), HasSubstr("header=0"));
  EXPECT_THAT(Csv(std::string(149, 'x') + ",b\n1,2\n"), HasSubstr("header=1"));
  // pandas' index has no name; names that occur twice are told apart.
  EXPECT_EQ(Csv(",a,A\n0,1,2\n"), "comma header=1 quote=none col0:bigint,a:bigint,a_1:bigint");
}

TEST(CsvClassifier, TypesNeverLoseWhatIsThere) {
  EXPECT_EQ(Csv("zip,big,mix,none\n00123,123456789012345678901,1,\n4,5,x,\n"),
            "comma header=1 quote=none zip:string,big:string,mix:string,none:string");
  EXPECT_EQ(Csv("a,b\n1,1\n,2.5\n\\N,3e2\n"), "comma header=1 quote=none a:bigint,b:double");
  EXPECT_EQ(Csv("a,b\n1_000,0x1f\n2,3\n"), "comma header=1 quote=none a:string,b:string");
  EXPECT_EQ(Csv("a,b\n2024-01-01,2024-01-01T10:00:00Z\n2024-01-02 00:00:00,5\n"),
            "comma header=1 quote=none a:string,b:string");
  const auto found = ClassifyCsv("n,k\n1,1\n2,1\nn/a,1\n", true);
  EXPECT_EQ(found->reading.schema[0].why, "row 2 has '1', row 4 'n/a', which is no bigint");
}

TEST(CsvClassifier, RefusesWhatIsNoTable) {
  for (const std::string& text :
       {std::string("one column\nof text\n"), std::string("a,b\n"), std::string("1,2\n"),
        std::string("a\0b,c\n1,2\n", 10), std::string("\xff\xfe,b\n1,2\n"),
        std::string("a,b\n\xff,2\n"), std::string("Dear all, hello\nno comma\nnone\nnone\n"),
        std::string(",,\n"), std::string("\n\n")}) {
    const std::string outcome = Csv(text);
    const bool headless = outcome.find("header=0") != std::string::npos &&
                          ClassifyCsv(text, true)->reading.only_with_header;
    EXPECT_TRUE(outcome.starts_with("no: ") || headless) << text << " gave " << outcome;
  }
}

TEST(CsvClassifier, RaggedRowsUpToATenth) {
  std::string text = "a,b\n";
  for (int i = 0; i < 18; ++i) text += "1,2\n";
  EXPECT_THAT(Csv(text + "1,2,3\n"), HasSubstr("header=1"));
  EXPECT_LT(ClassifyCsv(text + "1,2,3\n", true)->reading.certainty, 1);
  EXPECT_THAT(Csv(text + "1,2,3\n1\n1\n"), HasSubstr("no: by comma"));
}

TEST(CsvClassifier, ACutSampleLosesOnlyItsLastRecord) {
  EXPECT_THAT(Csv("a,b\n1,2\n3,\"cut", false), HasSubstr("a:bigint,b:bigint"));
  EXPECT_THAT(Csv("a,b\n1,2\n3,ü", false), HasSubstr("a:bigint,b:bigint"));
  EXPECT_THAT(Csv(std::string("a,b\n1,2\n3,\xc3"), false), HasSubstr("a:bigint,b:bigint"));
}

std::string Json(std::string_view text, bool whole = true) {
  const auto found = ClassifyJson(text, whole);
  return found ? Columns(found->reading) : "no: " + found.error().detail;
}

TEST(JsonClassifier, TypesOfValues) {
  EXPECT_EQ(Json(R"({"Sym":"A","n":1,"p":1.5,"ok":true,"none":null}
{"Sym":"B","n":2,"p":2,"tags":["x"],"o":{"K":1,"l":[1.5]}}
)"),
            "sym:string,n:bigint,p:double,ok:boolean,tags:array<string>,"
            "o:struct<K:bigint,l:array<double>>");
  EXPECT_EQ(ClassifyJson("{\"Sym\":1}", true)->reading.schema[0].key, "Sym");
}

TEST(JsonClassifier, WhatDoesNotMixIsAString) {
  EXPECT_EQ(Json("{\"a\":1,\"b\":[1],\"c\":{\"x\":1}}\n{\"a\":\"x\",\"b\":{\"y\":1},\"c\":{\"x\":"
                 "true,\"z\":2}}"),
            "a:string,b:string,c:struct<x:string,z:bigint>");
  EXPECT_EQ(ClassifyJson("{\"a\":1}\n{\"a\":\"x\"}", true)->reading.schema[0].why,
            "line 1 has '1', line 2 'x'");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":1.5}\n{\"a\":2}"), "a:double");
  EXPECT_EQ(Json("{\"a\":1,\"A\":\"x\"}\n"), "a:bigint");
}

TEST(JsonClassifier, RefusesWhatMakesNoRows) {
  for (const char* text : {"{\"a\":1}\nnot json\n", "{}\n{}\n", "{\"a\":null}", "[1,2]\n",
                           "[{\"a\":1}", "[{\"a\":1} {\"a\":2}]", "[]", "{\n\"a\":1}}"}) {
    EXPECT_THAT(Json(text), HasSubstr("no: ")) << text;
  }
  EXPECT_THAT(Json("{\"a\":1}\n{\"a\":", false), HasSubstr("a:bigint"));
  EXPECT_THAT(Json("{\"a\":1", false), HasSubstr("first record"));
}

TEST(JsonClassifier, SurvivesNestingAndManyKeys) {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 10'000; ++i) deep += "[";
  EXPECT_THAT(Json(deep + "\n"), HasSubstr("no: "));
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += "{\"k\":";
  nested += "1" + std::string(100, '}');
  EXPECT_THAT(Json(nested), HasSubstr("k:struct<"));
  EXPECT_TRUE(
      hive::ParseType(ClassifyJson(nested, true)->reading.schema[0].type
                          ? hive::ToText(*ClassifyJson(nested, true)->reading.schema[0].type)
                          : ""));
  std::string wide = "{";
  for (int i = 0; i < 6000; ++i) wide += fmt::format("{}\"k{}\":1", i == 0 ? "" : ",", i);
  EXPECT_THAT(Json(wide + "}"), HasSubstr("no: at most"));
}

TEST(ParquetClassifier, TypesOfTheFooter) {
  const auto schema = arrow::schema(
      {arrow::field("Sym", arrow::utf8()), arrow::field("t8", arrow::int8()),
       arrow::field("u32", arrow::uint32()), arrow::field("u64", arrow::uint64()),
       arrow::field("d", arrow::date32()), arrow::field("f", arrow::float32()),
       arrow::field("ts", arrow::timestamp(arrow::TimeUnit::NANO, "UTC")),
       arrow::field("dec", arrow::decimal128(18, 6)), arrow::field("bin", arrow::binary()),
       arrow::field("tod", arrow::time64(arrow::TimeUnit::MICRO)),
       arrow::field("l", arrow::list(arrow::struct_({arrow::field("X", arrow::int64())}))),
       arrow::field("m", arrow::map(arrow::utf8(), arrow::float64()))});
  const std::string file = ParquetOf(schema, "[]");
  uint32_t length = 0;
  std::memcpy(&length, file.data() + file.size() - 8, 4);
  const auto found =
      ClassifyFooter(std::string_view(file).substr(file.size() - 8 - length, length));
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(
      Columns(found->reading),
      "sym:string,t8:tinyint,u32:bigint,u64:decimal(20,0),d:date,f:float,ts:timestamp,"
      "dec:decimal(18,6),bin:binary,tod:string,l:array<struct<X:bigint>>,m:map<string,double>");
  EXPECT_THAT(found->reading.schema[0].why, HasSubstr("BYTE_ARRAY"));
}

class FileTest : public CrawlTest {
 protected:
  std::string Outcome(const std::string& content) {
    Put("f", content);
    const auto found = ClassifyFile(*store_, {"data/f", content.size()});
    if (!found) return found.error().reason;
    return fmt::format("{} {} {}", hive::NameOf(found->reading.format),
                       hive::NameOf(found->reading.compression), Columns(found->reading));
  }
};

TEST_F(FileTest, ByContentNotByName) {
  EXPECT_EQ(Outcome("a,b\n1,2\n"), "csv none a:bigint,b:bigint");
  EXPECT_EQ(Outcome(Gzipped("a,b\n1,2\n")), "csv gzip a:bigint,b:bigint");
  EXPECT_EQ(Outcome(Gzipped("a,b\n1,2\n") + Gzipped("3,4\n")), "csv gzip a:bigint,b:bigint");
  EXPECT_EQ(Outcome(Zstandard("{\"a\":1}\n")), "json zstd a:bigint");
  EXPECT_EQ(Outcome(ParquetOf(arrow::schema({arrow::field("a", arrow::int64())}), "[]")),
            "parquet none a:bigint");
}

TEST_F(FileTest, DamagedAndForeignFilesHaveAReason) {
  const std::string gzip = Gzipped("a,b\n" + std::string(5000, 'x') + ",2\n");
  EXPECT_EQ(Outcome(gzip.substr(0, gzip.size() - 20)), "damaged compression");
  EXPECT_EQ(Outcome("\x1f\x8bgarbage"), "damaged compression");
  EXPECT_EQ(Outcome("\x28\xb5\x2f\xfdgarbage"), "damaged compression");
  EXPECT_EQ(Outcome("PAR1 and no more"), "damaged Parquet");
  EXPECT_EQ(Outcome(std::string("PAR1....\xff\xff\xff\x7fPAR1")), "damaged Parquet");
  EXPECT_EQ(Outcome(std::string("PAR1....\x04\x00\x00\x00PAR1", 16)), "damaged Parquet");
  EXPECT_EQ(Outcome("ORC and more"), "damaged ORC");
  EXPECT_EQ(Outcome("PK\x03\x04zip"), "ZIP: not read here");
  EXPECT_EQ(Outcome(Gzipped("PAR1 in gzip")), "parquet in gzip: not read");
  std::string parquet =
      ParquetOf(arrow::schema({arrow::field("a", arrow::int64())}), "[{\"a\":1}]");
  EXPECT_EQ(Outcome(parquet.substr(0, parquet.size() - 1)), "damaged Parquet");
}

TEST_F(FileTest, ABombIsNotUnpacked) {
  std::string bomb = Gzipped(std::string(100 << 20, 'x'));
  ASSERT_LT(bomb.size(), size_t{1 << 20});
  const auto sample = Unpack(bomb, bomb.size());
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->text.size(), kSampleBytes);
  EXPECT_FALSE(sample->whole);
}

}  // namespace
}  // namespace ticklake::lake::crawler
