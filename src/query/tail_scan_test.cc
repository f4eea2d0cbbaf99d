#include "query/tail_scan.h"

#include <gtest/gtest.h>

#include <random>

#include "query/engine.h"
#include "query/sample_lake.h"

namespace ticklake::query {
namespace {

using lake::iceberg::Primitive;
using lake::iceberg::Schema;
using lake::iceberg::TypeId;

class StringSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

// Every type that a column of the lake may have, nested ones included.
Schema AllTypes() {
  using namespace lake::iceberg;  // NOLINT(google-build-using-namespace): names of types only
  const auto text = Primitive(TypeId::kString);
  const auto big = Primitive(TypeId::kLong);
  Schema schema;
  schema.fields = {
      IcebergColumn(1, "id", big, true),
      IcebergColumn(2, "flag", Primitive(TypeId::kBoolean)),
      IcebergColumn(3, "small", Primitive(TypeId::kInt)),
      IcebergColumn(4, "single", Primitive(TypeId::kFloat)),
      IcebergColumn(5, "number", Primitive(TypeId::kDouble)),
      IcebergColumn(6, "money", DecimalType(18, 4)),
      IcebergColumn(7, "wide", DecimalType(38, 2)),
      IcebergColumn(8, "day", Primitive(TypeId::kDate)),
      IcebergColumn(9, "moment", Primitive(TypeId::kTimestamptz)),
      IcebergColumn(10, "text", text),
      IcebergColumn(11, "bytes", Primitive(TypeId::kBinary)),
      IcebergColumn(12, "nested",
                    StructType({IcebergColumn(13, "a", big), IcebergColumn(14, "b", text)})),
      IcebergColumn(15, "list", ListType(IcebergColumn(16, "element", big))),
      IcebergColumn(17, "items",
                    ListType(IcebergColumn(18, "element",
                                           StructType({IcebergColumn(19, "k", text, true),
                                                       IcebergColumn(20, "v", text)})))),
  };
  return schema;
}

class RandomRows {
 public:
  explicit RandomRows(uint32_t seed) : random_(seed) {}

  std::string Json(int rows) {
    std::string json = "[";
    for (int i = 0; i < rows; ++i) json += (i == 0 ? "" : ",") + Row();
    return json + "]";
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }
  std::string OrNull(std::string value) { return Below(5) == 0 ? "null" : value; }
  std::string Text() {
    return fmt::format(
        "\"{}\"", std::string(static_cast<size_t>(Below(30)), static_cast<char>('a' + Below(26))));
  }

  std::string List(bool structs) {
    std::string list = "[";
    for (int i = Below(4); i > 0; --i) {
      const std::string text = Text();
      list += structs ? OrNull(fmt::format("{{\"k\":{},\"v\":{}}}", text, OrNull(Text())))
                      : OrNull(std::to_string(Below(1000)));
      if (i > 1) list += ',';
    }
    return list + "]";
  }

  std::string Row() {
    return fmt::format(
        R"({{"id":{},"flag":{},"small":{},"single":{},"number":{},"money":{},"wide":{},"day":{},)"
        R"("moment":{},"text":{},"bytes":{},"nested":{},"list":{},"items":{}}})",
        ++id_, OrNull(Below(2) == 0 ? "true" : "false"), OrNull(std::to_string(Below(100) - 50)),
        OrNull(fmt::format("{}.5", Below(100))), OrNull(fmt::format("{}.25", Below(100))),
        OrNull(fmt::format("\"{}.1234\"", Below(100))),
        OrNull(fmt::format("\"-{}00000000000000000000.12\"", 1 + Below(9))),
        OrNull(std::to_string(Below(20'000))), OrNull(fmt::format("{}000000", Below(2'000'000))),
        OrNull(Text()), OrNull(Text()),
        OrNull(fmt::format("{{\"a\":{},\"b\":{}}}", OrNull("7"), OrNull(Text()))),
        OrNull(List(false)), OrNull(List(true)));
  }

  std::mt19937 random_;
  int id_ = 0;
};

class TailScanTest : public testing::Test {
 protected:
  TailScanTest()
      : folder_(testing::TempDir() + "/ticklake-tail-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        source_(folder_),
        engine_(source_, {.threads = 4, .lake_root = folder_, .temp_dir = ""}) {
    for (const char* table : {"committed", "tail"}) source_.SetSchema("market", table, AllTypes());
  }
  ~TailScanTest() override { std::filesystem::remove_all(folder_); }

  std::string Csv(std::string_view sql) {
    StringSink sink;
    const auto result = engine_.Run(sql, *MakeWriter({.format = Format::kCsv}, sink));
    if (!result) return result.error().message;
    std::erase(sink.text, '\r');
    return sink.text;
  }

  const std::string folder_;
  FakeSource source_;
  Engine engine_;
};

// The same rows, once in a file and once in a tail of unevenly cut batches, are the same to SQL.
TEST_F(TailScanTest, ATailReadsLikeAFile) {
  for (const uint32_t seed : {1U, 2U}) {
    const auto rows = FakeSource::FromJson(AllTypes(), RandomRows(seed).Json(7'000));
    source_.Commit("market", "committed", rows);
    for (const auto& [from, to] : std::vector<std::pair<int, int>>{
             {0, 1}, {1, 2'050}, {2'050, 2'050}, {2'050, 6'999}, {6'999, 7'000}}) {
      source_.Append("market", "tail", rows->Slice(from, to - from));
    }
  }
  EXPECT_EQ(
      Csv("SELECT count(*) AS n FROM (SELECT * FROM committed EXCEPT ALL SELECT * FROM tail)"),
      "n\n0\n");
  EXPECT_EQ(
      Csv("SELECT count(*) AS n FROM (SELECT * FROM tail EXCEPT ALL SELECT * FROM committed)"),
      "n\n0\n");
  EXPECT_EQ(Csv("SELECT count(*) AS n FROM tail"), "n\n14000\n");
  EXPECT_EQ(Csv("SELECT sum(nested.a) AS s, count(text) AS n FROM tail"),
            Csv("SELECT sum(nested.a) AS s, count(text) AS n FROM committed"));
  EXPECT_EQ(Csv("SELECT count(*) AS n FROM tail a JOIN tail b USING (id, money)"),
            Csv("SELECT count(*) AS n FROM committed a JOIN tail b USING (id, money)"));
}

TEST_F(TailScanTest, RowsKeepTheirOrder) {
  const auto rows = FakeSource::FromJson(AllTypes(), RandomRows(3).Json(10'000));
  for (int from = 0; from < 10'000; from += 2'500)
    source_.Append("market", "tail", rows->Slice(from, 2'500));
  EXPECT_EQ(Csv("SELECT id FROM tail LIMIT 3"), "id\n1\n2\n3\n");
  EXPECT_EQ(Csv("SELECT count(*) AS n FROM (SELECT id, row_number() OVER () AS r FROM tail) WHERE "
                "id <> r"),
            "n\n0\n");
}

}  // namespace
}  // namespace ticklake::query
