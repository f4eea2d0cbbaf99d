// Forms beside plain CSV, JSON lines and Parquet: packed text, JSON documents and arrays, ORC,
// Avro, and the classifiers that a user defines.
#include <bzlib.h>
#include <gmock/gmock.h>
#include <snappy.h>

#include <arrow/adapters/orc/adapter.h>
#include <arrow/type.h>

#include "lake/crawler/classify.h"
#include "lake/crawler/crawl_fixture.h"
#include "lake/crawler/grok_classifier.h"
#include "lake/crawler/json_path.h"
#include "lake/crawler/sample.h"
#include "lake/iceberg/avro_file.h"

namespace ticklake::lake::crawler {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRows[] = "sym,px\nA,1.5\nB,2.5\n";

std::string Bzip2(std::string text) {
  std::string out(text.size() + 1000, '\0');
  auto size = static_cast<unsigned>(out.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(),
                                     static_cast<unsigned>(text.size()), 9, 0, 0),
            BZ_OK);
  out.resize(size);
  return out;
}

std::string RawSnappy(std::string_view text) {
  std::string out;
  snappy::Compress(text.data(), text.size(), &out);
  return out;
}

std::string BigEndian(size_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string HadoopSnappy(std::string_view text) {
  const std::string raw = RawSnappy(text);
  return BigEndian(text.size()) + BigEndian(raw.size()) + raw;
}

std::string FramedSnappy(std::string_view text) {
  const std::string raw = RawSnappy(text);
  const size_t length = raw.size() + 4;
  return std::string("\xff\x06\x00\x00sNaPpY", 10) + '\0' + static_cast<char>(length) +
         static_cast<char>(length >> 8) + static_cast<char>(length >> 16) + "sums" + raw;
}

std::string OrcOf(const std::shared_ptr<arrow::Schema>& schema, const std::string& json) {
  const auto rows =
      arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie();
  const auto batch = arrow::RecordBatch::FromStructArray(rows).ValueOrDie();
  const auto table = arrow::Table::FromRecordBatches({batch}).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  auto writer = arrow::adapters::orc::ORCFileWriter::Open(sink.get()).ValueOrDie();
  EXPECT_TRUE(writer->Write(*table).ok());
  EXPECT_TRUE(writer->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

class FormatTest : public CrawlTest {
 protected:
  std::expected<Classified, Rejection> Classify(const std::string& content) {
    Put("f", content);
    return ClassifyFile(*store_, {"data/f", content.size()}, classifiers_);
  }

  std::string Outcome(const std::string& content) {
    const auto found = Classify(content);
    if (!found) return found.error().reason;
    std::string text = fmt::format("{} {} {} ", hive::NameOf(found->reading.format),
                                   hive::NameOf(found->reading.compression), found->records);
    for (const ColumnFacts& column : found->reading.schema) {
      text += (text.back() == ' ' ? "" : ",") + column.name + ":" + hive::ToText(TypeOf(column));
    }
    return text;
  }

  std::vector<Classifier> classifiers_;
};

TEST_F(FormatTest, PackedTextByItsContent) {
  EXPECT_EQ(Outcome(Bzip2(kRows)), "csv bzip2 2 sym:string,px:double");
  EXPECT_EQ(Outcome(Bzip2(kRows) + Bzip2("C,3\n")), "csv bzip2 3 sym:string,px:double");
  EXPECT_EQ(Outcome(RawSnappy(kRows)), "csv snappy 2 sym:string,px:double");
  EXPECT_EQ(Outcome(HadoopSnappy(kRows)), "csv snappy 2 sym:string,px:double");
  EXPECT_EQ(Outcome(HadoopSnappy(kRows) + HadoopSnappy("C,3\n")),
            "csv snappy 3 sym:string,px:double");
  EXPECT_EQ(Outcome(FramedSnappy(kRows)), "csv snappy 2 sym:string,px:double");
}

TEST_F(FormatTest, DamagedPackedTextHasAReason) {
  const std::string bzip2 = Bzip2(kRows);
  EXPECT_EQ(Outcome(bzip2.substr(0, bzip2.size() - 3)), "damaged compression");
  EXPECT_EQ(Outcome("BZh9garbage garbage"), "damaged compression");
  const std::string framed = FramedSnappy(kRows);
  EXPECT_EQ(Outcome(framed.substr(0, framed.size() - 3)), "damaged compression");
  std::string spoiled = HadoopSnappy(kRows);
  spoiled.resize(spoiled.size() - 2);
  EXPECT_EQ(Outcome(spoiled), "damaged compression");
}

TEST_F(FormatTest, JsonOverSeveralLines) {
  EXPECT_EQ(Outcome("{\n \"a\": 1\n}\n{\"a\":2.5,\n\"b\":\"x\"}"), "json none 2 a:double,b:string");
  // As AWS's built-in classifier: an array is one value.
  EXPECT_EQ(Outcome("[{\"a\":1},{\"a\":2,\"b\":\"x\"}]"),
            "json none 1 array:array<struct<a:bigint,b:string>>");
  // The first record is longer than a sample: more of it is read, up to 10 MiB.
  const std::string tall = std::string(2 << 20, 'x');
  EXPECT_EQ(Outcome("{\n\"a\":1,\"t\":\"" + tall + "\"}"), "json none 1 a:bigint,t:string");
  EXPECT_EQ(Outcome("{\n\"a\":1,\"t\":\"" + std::string(11 << 20, 'x') + "\"}"),
            "JSON that makes no rows");
}

TEST_F(FormatTest, AJsonPathMakesTheRows) {
  classifiers_ = {{"rows", JsonRules{"$[*]"}}};
  EXPECT_EQ(Outcome("[{\"a\":1},{\"a\":2,\"b\":\"x\"}]"), "json none 2 a:bigint,b:string");
  EXPECT_THAT(Classify("[{\"a\":1}]")->reading.why, Contains("by the classifier rows"));
  EXPECT_EQ(Outcome("{\"a\":1}\n"), "json none 1 a:bigint");  // not certain: the built-in one is
  classifiers_ = {{"deep", JsonRules{"$.t['rows'][*]"}}};
  EXPECT_EQ(Outcome("{\"t\":{\"rows\":[{\"a\":1},{\"a\":2}]}}\n{\"t\":{\"rows\":[{\"a\":3}]}}"),
            "json none 3 a:bigint");
  EXPECT_TRUE(ParseJsonPath("$.a.b[0].*"));
  for (const char* bad : {"", "a", "$..", "$.", "$[", "$[x]", "$.a]", "$a"}) {
    EXPECT_FALSE(ParseJsonPath(bad)) << bad;
  }
}

TEST_F(FormatTest, OrcByItsFooter) {
  const auto schema = arrow::schema(
      {arrow::field("Sym", arrow::utf8()), arrow::field("n", arrow::int32()),
       arrow::field("px", arrow::decimal128(10, 2)), arrow::field("d", arrow::date32()),
       arrow::field("ts", arrow::timestamp(arrow::TimeUnit::NANO)),
       arrow::field("l", arrow::list(arrow::struct_({arrow::field("k", arrow::int64())})))});
  const std::string file = OrcOf(schema, R"([{"Sym":"A","n":1},{"Sym":"B"}])");
  EXPECT_EQ(Outcome(file),
            "orc none 2 sym:string,n:int,px:decimal(10,2),d:date,ts:timestamp,"
            "l:array<struct<k:bigint>>");
  for (size_t cut = 1; cut < file.size(); cut += 7) {
    EXPECT_EQ(Outcome(file.substr(0, file.size() - cut)).find("orc none"), std::string::npos);
  }
}

TEST_F(FormatTest, AvroByItsHeader) {
  auto writer = iceberg::AvroFileWriter::Make(
      R"({"type":"record","name":"r","fields":[{"name":"n","type":"long"}]})", {});
  ASSERT_TRUE(writer) << writer.error().message;
  for (int64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(writer->Append({iceberg::AvroList{{i}}}));
  }
  EXPECT_EQ(Outcome(writer->Finish().value()), "avro none 3 n:bigint");
}

// The header alone: a schema of everything, and no block.
TEST_F(FormatTest, AvroTypesAsHiveHasThem) {
  const std::string schema = R"({"type":"record","name":"Trade","namespace":"x","fields":[
    {"name":"Sym","type":"string"},{"name":"n","type":["null","int"]},
    {"name":"px","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
    {"name":"d","type":{"type":"int","logicalType":"date"}},
    {"name":"ts","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"side","type":{"type":"enum","name":"Side","symbols":["A","B"]}},
    {"name":"other","type":"Side"},{"name":"m","type":{"type":"map","values":"double"}},
    {"name":"l","type":{"type":"array","items":{"type":"record","name":"L","fields":[
      {"name":"k","type":"boolean"}]}}},{"name":"u","type":["int","string"]},
    {"name":"next","type":["null","Trade"]}]})";
  std::string file(
      "Obj\x01\x02\x16"
      "avro.schema",
      17);
  const auto twice = static_cast<unsigned>(schema.size()) * 2;  // zig-zag
  file += static_cast<char>((twice & 0x7f) | 0x80);
  file += static_cast<char>(twice >> 7);
  file += schema + std::string(1, '\0') + std::string(16, 's');
  EXPECT_EQ(Outcome(file),
            "avro none 0 sym:string,n:int,px:decimal(9,2),d:date,ts:timestamp,side:string,"
            "other:string,m:map<string,double>,l:array<struct<k:boolean>>,u:string,next:string");
  EXPECT_EQ(Outcome(file.substr(0, file.size() - 20)), "damaged Avro");
}

TEST_F(FormatTest, CsvClassifiersOptions) {
  CsvRules rules{.delimiter = '~'};
  classifiers_ = {{"tilde", rules}};
  EXPECT_EQ(Outcome("a~b\n1~x\n"), "csv none 1 a:bigint,b:string");
  rules = {.contains_header = HeaderRule::kPresent};
  classifiers_ = {{"present", rules}};
  EXPECT_EQ(Outcome("a,b\nc,d\n"), "csv none 1 a:string,b:string");
  rules = {.contains_header = HeaderRule::kAbsent, .header = {"First", "Second"}};
  classifiers_ = {{"absent", rules}};
  EXPECT_EQ(Outcome("a,1\nc,2\n"), "csv none 2 first:string,second:bigint");
  rules = {.allow_single_column = true};
  classifiers_ = {{"one", rules}};
  EXPECT_EQ(Outcome("n\n1\n2\n"), "csv none 2 n:bigint");
  rules = {.quote = '\''};
  classifiers_ = {{"quote", rules}};
  EXPECT_EQ(Outcome("a,b\n1,'x,y'\n"), "csv none 1 a:bigint,b:string");
  rules = {.trim_values = false};
  classifiers_ = {{"exact", rules}};
  EXPECT_EQ(Outcome("a,b\n1, 2\n"), "csv none 1 a:bigint,b:string");
  rules = {.contains_header = HeaderRule::kPresent,
           .types = {{.kind = hive::Kind::kString}, {.kind = hive::Kind::kInt}}};
  classifiers_ = {{"types", rules}};
  EXPECT_EQ(Outcome("a,b\n1,2\n"), "csv none 1 a:string,b:int");
}

TEST_F(FormatTest, GrokPatterns) {
  const hive::GrokPatterns log{
      "applog", "%{TIMESTAMP_ISO8601:At} %{LEVEL:level} %{INT:n:int} %{GREEDYDATA:text}",
      "LEVEL (?:LOW|HIGH)"};
  classifiers_ = {{"log", log}};
  EXPECT_EQ(Outcome("2026-11-25T08:00:00Z LOW 7 a b c\n2026-11-25 08:00:01 HIGH -7 \n"),
            "grok none 2 at:string,level:string,n:int,text:string");
  EXPECT_EQ(Outcome("2026-11-25T08:00:00Z LOW 7 a\nnone\n").find("grok"), std::string::npos);
  const hive::GrokPatterns apache{"weblog", "%{QS:referrer} %{COMMONAPACHELOG}", ""};
  EXPECT_TRUE(
      GrokPattern::Parse(apache)->Matches("\"http://x/\" 127.0.0.1 - frank [10/Oct/2000:13:55:36 "
                                          "-0700] \"GET /a.gif HTTP/1.0\" 200 2326"));
  EXPECT_EQ(GrokPattern::Parse(apache)->schema().size(), 11U);
  for (const char* bad :
       {"%{NOPE:a}", "%{INT}", "%{INT:a", "%{INT:a:blob}", "(%{INT:a}", "%{INT::int}"}) {
    EXPECT_FALSE(GrokPattern::Parse({"x", bad, ""})) << bad;
  }
  EXPECT_FALSE(GrokPattern::Parse({"x", "%{LOOP:a}", "LOOP %{LOOP}%{LOOP}"}));
  Put("logs/a.log", "2026-11-25T08:00:00Z LOW 7 a b c\n");
  tree_options_.classifiers = classifiers_;
  Crawl();
  const catalog::Table table = catalog_.GetTable("market", "logs").value();
  EXPECT_EQ(table.parameters.at("classification"), "applog");
  EXPECT_EQ(table.storage.serde.library, "com.amazonaws.glue.serde.GrokSerDe");
  EXPECT_EQ(table.storage.serde.parameters.at("input.format"), log.pattern);
  EXPECT_THAT(hive::LayoutOf(table).error().message, HasSubstr("GrokSerDe' is not read here"));
}

TEST_F(FormatTest, XmlRows) {
  const hive::XmlRows trade{"feed", "trade"};
  classifiers_ = {{"trades", trade}};
  const std::string two =
      "<?xml version=\"1.0\"?>\n<!-- <trade>no</trade> --><feed><day at=\"2026-11-25\">"
      "<trade ID=\"1\"><Px>1.5</Px><leg>a</leg><leg>b</leg><by desk=\"7\">ann</by></trade>"
      "<trade ID=\"2\"><Px>2</Px><when>2026-11-25</when><leg>c</leg><none/></trade>"
      "<trade ID=\"x\"/></day></feed>";
  EXPECT_EQ(Outcome(two),
            "xml none 2 id:bigint,px:double,leg:array<string>,by:struct<desk:bigint,_value:string>,"
            "when:date,none:string");
  EXPECT_EQ(Outcome("<trade>7</trade>"), "xml none 1 _value:bigint");
  EXPECT_EQ(Outcome("\xef\xbb\xbf<trade a=\"x > y\"></trade>"), "xml none 1 a:string");
  EXPECT_EQ(Outcome("<f><trade><a>true</a></trade><trade><a>1</a></trade></f>"),
            "xml none 2 a:string");
  // Entities of its own are not resolved.
  EXPECT_EQ(Outcome("<!DOCTYPE f [<!ENTITY e \"x\">]><f><trade><a>&e;</a></trade></f>"),
            "xml none 1 a:string");
  // Where it is none, the built-in rules go on.
  for (const char* none : {"<f><trade a=\"1\"/></f>", "<f><trades>1</trades></f>", "<f><trade>",
                           "<f><trade><a>1</b></trade></f>", "<f></f>", "<"}) {
    EXPECT_EQ(Outcome(none).find("xml"), std::string::npos) << none << Outcome(none);
  }
  std::string deep = "<trade>";
  for (int i = 0; i < 100'000; ++i) deep += "<d>";
  for (int i = 0; i < 100'000; ++i) deep += "</d>";
  EXPECT_EQ(Outcome(deep + "</trade>").substr(0, 20), "xml none 1 d:struct<");
}

TEST_F(FormatTest, XmlThatIsLongerThanItsSample) {
  classifiers_ = {{"trades", hive::XmlRows{"feed", "t"}}};
  std::string text = "<feed>";
  for (int i = 0; text.size() < 2 * kSampleBytes; ++i) {
    text += fmt::format("<t n=\"{}\"><text>{}</text></t>", i, std::string(5000, 'x'));
  }
  const auto found = ClassifyText(text.substr(0, kSampleBytes), text.size(), classifiers_);
  ASSERT_TRUE(found) << found.error().reason;
  EXPECT_FALSE(found->whole);
  EXPECT_EQ(found->records, 208);
  EXPECT_NEAR(static_cast<double>(found->sampled) / static_cast<double>(found->records), 5028, 2);
  // More rows than are looked at, all of them in the sample.
  std::string many = "<feed>";
  for (int i = 0; i < 3000; ++i) many += "<t n=\"1234\"></t>";
  const auto first = ClassifyText(many + "</feed>", many.size() + 7, classifiers_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->records, static_cast<int64_t>(kSampleRecords));
  EXPECT_FALSE(first->whole);
  const auto tall =
      ClassifyText("<feed><t n=\"1\"><text>" + std::string(1000, 'x'), 1 << 20, classifiers_, 1021);
  ASSERT_FALSE(tall);
  EXPECT_TRUE(tall.error().more_would_help);
}

TEST_F(FormatTest, XmlTablesAreRegistered) {
  tree_options_.classifiers = {{"trades", hive::XmlRows{"feed", "trade"}}};
  Put("feeds/day=1/a.xml", "<f><trade><px>1.5</px></trade></f>");
  Put("feeds/day=2/a.xml", "<f><trade><px>2</px></trade></f>");
  Crawl();
  const catalog::Table table = catalog_.GetTable("market", "feeds").value();
  EXPECT_EQ(table.parameters.at("classification"), "feed");
  EXPECT_EQ(table.parameters.at("rowTag"), "trade");
  EXPECT_EQ(table.parameters.at("recordCount"), "2");
  EXPECT_EQ(table.storage.serde.parameters.at("rowTag"), "trade");
  EXPECT_EQ(table.storage.columns.at(0).type, "double");
  EXPECT_EQ(table.partition_keys.at(0).name, "day");
  EXPECT_THAT(hive::LayoutOf(table).error().message,
              HasSubstr("XML (elements <trade>) is not read here"));
}

TEST_F(FormatTest, TheFirstCertainClassifierWins) {
  const CsvRules tilde{.delimiter = '~'};
  const CsvRules header{.contains_header = HeaderRule::kPresent};
  classifiers_ = {{"tilde", tilde}, {"header", header}};
  EXPECT_THAT(Classify("a,b\nc,d\n")->reading.why, Contains("by the classifier header"));
  EXPECT_THAT(Classify("a~b\nc~1\n")->reading.why, Contains("by the classifier tilde"));
  EXPECT_EQ(Outcome("a b c\nd e f\n"),
            "no form that is known here (CSV, JSON, Parquet, ORC, Avro, Iceberg)");
}

TEST_F(FormatTest, WhatTheCatalogIsToldOfThem) {
  Put("orc/a", OrcOf(arrow::schema({arrow::field("a", arrow::int64())}), "[{\"a\":1}]"));
  Put("docs/a", "{\n\"a\":1}");
  Put("docs/b", "{\"a\":1}\n{\"a\":2}\n");
  Put("packed/a", Bzip2(kRows));
  Put("whole/a", "[{\"a\":1}]");
  Crawl();
  const auto orc = catalog_.GetTable("market", "orc").value();
  EXPECT_EQ(orc.storage.input_format, "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat");
  EXPECT_EQ(orc.storage.serde.library, "org.apache.hadoop.hive.ql.io.orc.OrcSerde");
  EXPECT_EQ(orc.parameters.at("classification"), "orc");
  EXPECT_THAT(hive::LayoutOf(orc).error().message, HasSubstr("not read here"));
  EXPECT_EQ(hive::LayoutOf(catalog_.GetTable("market", "docs").value())->json,
            hive::JsonForm::kDocuments);
  EXPECT_EQ(hive::LayoutOf(catalog_.GetTable("market", "whole").value())->json,
            hive::JsonForm::kWhole);
  const auto packed = catalog_.GetTable("market", "packed").value();
  EXPECT_EQ(packed.parameters.at("compressionType"), "bzip2");
  EXPECT_THAT(hive::LayoutOf(packed).error().message, HasSubstr("bzip2"));
  EXPECT_THAT(Texts(Find()), ElementsAre("data/docs/[] json a:bigint", "data/orc/[] orc a:bigint",
                                         "data/packed/[] csv sym:string,px:double",
                                         "data/whole/[] json array:array<struct<a:bigint>>"));
}

}  // namespace
}  // namespace ticklake::lake::crawler
