// Hive tables through the engine: real files, the catalog's columns, and the sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "query/engine.h"
#include "query/results/writers.h"

namespace ticklake::query {
namespace {

namespace fs = std::filesystem;
using lake::hive::Format;
using lake::hive::HiveView;
using lake::hive::Kind;
using ::testing::HasSubstr;

class TextSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

class HiveSource : public lake::TableSource {
 public:
  Result<std::vector<std::string>> Databases() override {
    return std::vector<std::string>{"market"};
  }
  Result<std::vector<std::string>> Tables(const std::string& /*database*/) override {
    std::vector<std::string> names;
    names.reserve(views.size());
    for (const auto& [name, view] : views) names.push_back(name);
    return names;
  }
  Result<lake::TableView> View(const std::string& database, const std::string& table,
                               const lake::Patience& /*patience*/) override {
    const auto found = views.find(table);
    if (found == views.end()) return Fail(Code::kNotFound, "no {}.{}", database, table);
    return found->second;
  }
  std::map<std::string, lake::TableView> views;
};

class HiveTest : public testing::Test {
 protected:
  HiveTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_ + "/lake");
    engine_ = std::make_unique<Engine>(source_,
                                       EngineOptions{.threads = 2, .lake_root = folder_ + "/lake"});
  }
  ~HiveTest() override {
    engine_.reset();
    fs::remove_all(folder_);
  }

  void Write(const std::string& name, std::string_view text) {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
  }

  /// Files with the values of their partitions; the location is folder_/name.
  using Files = std::vector<std::pair<std::string, catalog::PartitionValues>>;
  void AddTable(const std::string& name, lake::hive::Layout layout, const Files& files) {
    HiveView view{.layout = std::move(layout)};
    for (const auto& [file, values] : files) {
      view.files.push_back({"file://" + folder_ + "/" + file, view.partitions.size()});
      view.partitions.push_back(values);
    }
    lake::TableView& table = source_.views[name];
    table.directories = {"file://" + folder_ + "/" + name + "/"};
    table.hive = std::make_shared<const HiveView>(std::move(view));
  }

  /// The answer as CSV with LF, or "error: …".
  std::string Sql(const std::string& sql) {
    TextSink sink;
    const auto writer = MakeWriter({.format = query::Format::kCsv}, sink);
    const auto ran = engine_->Run(sql, *writer);
    if (!ran) return "error: " + ran.error().message;
    std::erase(sink.text, '\r');
    return sink.text;
  }

  static lake::hive::Layout Csv(std::vector<lake::hive::LayoutColumn> columns) {
    lake::hive::Layout layout;
    layout.csv.header_lines = 1;
    layout.columns = std::move(columns);
    return layout;
  }

  const std::string folder_ = testing::TempDir() + "/ticklake-hive-" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  HiveSource source_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(HiveTest, TextThatFitsNoTypeIsNullAsInAthena) {
  Write("t/a.csv",
        "b,n,x,d,ts,s,dec\n"
        "true,12,1.5,2024-11-22,2024-11-22 10:00:00.25,text,1.50\n"
        "yes,1.5,1_000,22.11.2024,2024-11-22T10:00:00Z,,x\n"
        "FALSE,0x1f,nan,2024-02-31,2024-11-22,\\N,7\n"
        "1,1_000,,,,last\n");
  AddTable("t",
           Csv({{"b", {.kind = Kind::kBoolean}, ""},
                {"n", {.kind = Kind::kBigint}, ""},
                {"x", {.kind = Kind::kDouble}, ""},
                {"d", {.kind = Kind::kDate}, ""},
                {"ts", {.kind = Kind::kTimestamp}, ""},
                {"s", {}, ""},
                {"dec", {.kind = Kind::kDecimal, .precision = 9, .scale = 2}, ""}}),
           {{"t/a.csv", {}}});
  EXPECT_EQ(Sql("SELECT * FROM t"),
            "b,n,x,d,ts,s,dec\n"
            "true,12,1.5,2024-11-22,2024-11-22 10:00:00.25,text,1.50\n"
            ",,,,,\"\",\n"
            "false,,NaN,,,,7.00\n"
            ",,,,,last,\n");
}

TEST_F(HiveTest, QuotedCellsAndRaggedRows) {
  Write("t/a.csv", "a,b\n1,\"x, \"\"y\"\"\nz\"\n2\n3,c,extra\n");
  auto layout = Csv({{"a", {.kind = Kind::kBigint}, ""}, {"b", {}, ""}});
  layout.csv.quote = layout.csv.escape = '"';
  AddTable("t", layout, {{"t/a.csv", {}}});
  EXPECT_EQ(Sql("SELECT a, replace(b, chr(10), '/') AS b FROM t ORDER BY a"),
            "a,b\n1,\"x, \"\"y\"\"/z\"\n2,\n3,c\n");
}

TEST_F(HiveTest, JsonByKeyWhateverTheColumnIsCalled) {
  Write("t/a.json", "{\"Symbol\":\"A\",\"o\":{\"K\":1},\"l\":[1,2]}\n{\"l\":null,\"more\":1}\n");
  lake::hive::Layout layout;
  layout.format = Format::kJson;
  lake::hive::Type object{.kind = Kind::kStruct};
  object.fields = {{"K", {.kind = Kind::kBigint}}};
  layout.columns = {{"symbol", {}, "Symbol"},
                    {"o", object, "o"},
                    {"l", lake::hive::ArrayOf({.kind = Kind::kBigint}), "l"}};
  AddTable("t", layout, {{"t/a.json", {}}});
  EXPECT_EQ(Sql("SELECT symbol, o.k AS k, l FROM t"), "symbol,k,l\nA,1,\"[1,2]\"\n,,\n");
  Write("t/a.json", "{\"Symbol\":\"A\",\"l\":[\"no number\"]}\n");
  EXPECT_THAT(Sql("SELECT l FROM t"), HasSubstr("no number does not fit"));
}

TEST_F(HiveTest, JsonThatIsNoLines) {
  lake::hive::Layout layout;
  layout.format = Format::kJson;
  layout.columns = {{"a", {.kind = Kind::kBigint}, "a"}, {"b", {}, "B"}};
  Write("t/a.json", "[{\"a\":1,\"B\":\"x\"},\n {\"a\":2}]");
  layout.json = lake::hive::JsonForm::kArray;
  AddTable("t", layout, {{"t/a.json", {}}});
  EXPECT_EQ(Sql("SELECT a, b FROM t ORDER BY a"), "a,b\n1,x\n2,\n");
  Write("u/a.json", "{\n\"a\": 1,\n\"B\": \"x\"\n}\n{\"a\":2}");
  layout.json = lake::hive::JsonForm::kDocuments;
  AddTable("u", layout, {{"u/a.json", {}}});
  EXPECT_EQ(Sql("SELECT a, b FROM u ORDER BY a"), "a,b\n1,x\n2,\n");
  lake::hive::Type row{.kind = Kind::kStruct};
  row.fields = {{"a", {.kind = Kind::kBigint}}, {"B", {}}};
  layout.json = lake::hive::JsonForm::kWhole;
  layout.columns = {{"array", lake::hive::ArrayOf(row), "array"}};
  AddTable("v", layout, {{"t/a.json", {}}});
  EXPECT_EQ(Sql("SELECT len(\"array\") AS n, \"array\"[2].a AS a FROM v"), "n,a\n2,2\n");
  EXPECT_EQ(Sql("SELECT r.a AS a, r.b AS b FROM (SELECT unnest(\"array\") AS r FROM v) ORDER BY a"),
            "a,b\n1,x\n2,\n");
}

// DuckDB would make 2 of 1.5, and 1 of true.
TEST_F(HiveTest, JsonValuesOfAnotherTypeAreErrorsNeverOtherValues) {
  lake::hive::Layout layout;
  layout.format = Format::kJson;
  lake::hive::Type object{.kind = Kind::kStruct};
  object.fields = {{"n", {.kind = Kind::kBigint}}, {"s", {}}};
  layout.columns = {{"n", {.kind = Kind::kBigint}, "n"},
                    {"x", {.kind = Kind::kDouble}, "x"},
                    {"b", {.kind = Kind::kBoolean}, "b"},
                    {"o", object, "o"},
                    {"l", lake::hive::ArrayOf(lake::hive::ArrayOf({.kind = Kind::kBigint})), "l"}};
  AddTable("t", layout, {{"t/a.json", {}}});
  Write("t/a.json", R"({"n":9007199254740993,"x":2,"b":false,"o":{"n":1,"s":"y"},"l":[[1],[]]})");
  EXPECT_EQ(Sql("SELECT n, x, b, o.n AS o, l FROM t"),
            "n,x,b,o,l\n9007199254740993,2.0,false,1,\"[[1],[]]\"\n");
  Write("t/a.json", R"({"o":null,"l":null})");
  EXPECT_EQ(Sql("SELECT n, o, l FROM t"), "n,o,l\n,,\n");
  for (const char* line : {R"({"n":1.5})", R"({"n":true})", R"({"x":true})", R"({"b":1})",
                           R"({"o":{"n":1.5}})", R"({"l":[[1.5]]})", R"({"n":"x"})"}) {
    Write("t/a.json", line);
    EXPECT_THAT(Sql("SELECT * FROM t"), HasSubstr("does not fit")) << line;
  }
}

TEST_F(HiveTest, PartitionValuesComeFromTheCatalogAndSkipFiles) {
  Write("t/a.csv", "n\n1\n");
  Write("t/b.csv", "n\n2\n");
  Write("t/broken.csv", "n\n\xff\n");
  auto layout = Csv({{"n", {.kind = Kind::kBigint}, ""}});
  layout.partition_keys = {{"year", {}, ""}, {"venue", {}, ""}};
  AddTable("t", layout,
           {{"t/a.csv", {"2023", "it's"}},
            {"t/b.csv", {"2024", "__HIVE_DEFAULT_PARTITION__"}},
            {"t/broken.csv", {"2025", "x"}}});
  // The third file cannot be read: only a query that needs it finds out.
  EXPECT_EQ(Sql("SELECT n, year, venue FROM t WHERE year = '2023'"), "n,year,venue\n1,2023,it's\n");
  EXPECT_EQ(Sql("SELECT n FROM t WHERE year < '2025' AND venue IS NULL"), "n\n2\n");
  EXPECT_THAT(Sql("SELECT sum(n) FROM t"), HasSubstr("error: "));
  EXPECT_EQ(Sql("SHOW PARTITIONS t"),
            "partition\nyear=2023/venue=it's\nyear=2024/venue=__HIVE_DEFAULT_PARTITION__\n"
            "year=2025/venue=x\n");
  EXPECT_EQ(Sql("SHOW PARTITIONS market.t").substr(0, 10), "partition\n");
  EXPECT_THAT(Sql("SHOW PARTITIONS none"), HasSubstr("does not exist"));
}

TEST_F(HiveTest, DescribesColumnsAndKeys) {
  auto layout = Csv({{"n", {.kind = Kind::kTinyint}, ""}, {"big name", {}, ""}});
  layout.partition_keys = {{"year", {}, ""}};
  AddTable("t", layout, {});
  EXPECT_EQ(Sql("DESCRIBE t"),
            "column_name,column_type,nullable\nn,TINYINT,YES\nbig name,VARCHAR,YES\n"
            "year,VARCHAR,YES\n");
  EXPECT_EQ(Sql("SELECT count(*) AS n FROM t"), "n\n0\n");
}

// A location becomes readable when a table that lies there is queried, and nothing beside it.
TEST_F(HiveTest, OnlyRegisteredLocationsCanBeRead) {
  Write("t/a.csv", "n\n1\n");
  Write("secret/s.csv", "n\n42\n");
  Write("t2/a.csv", "n\n7\n");
  const auto layout = Csv({{"n", {.kind = Kind::kBigint}, ""}});
  AddTable("t", layout, {{"t/a.csv", {}}});
  EXPECT_EQ(Sql("SELECT n FROM t"), "n\n1\n");
  // A view whose files lie beside its location, as a broken or hostile entry might have it.
  AddTable("t", layout, {{"secret/s.csv", {}}});
  EXPECT_THAT(Sql("SELECT n FROM t"), HasSubstr("error: "));
  AddTable("t", layout, {{"t/../secret/s.csv", {}}});
  EXPECT_THAT(Sql("SELECT n FROM t"), HasSubstr("error: "));
  AddTable("t2", layout, {{"t2/a.csv", {}}});
  EXPECT_EQ(Sql("SELECT n FROM t2"), "n\n7\n");
  // What the asker writes reaches no file at all.
  for (const std::string& sql : {"SELECT * FROM '" + folder_ + "/secret/s.csv'",
                                 "SELECT * FROM read_csv('" + folder_ + "/t2/a.csv')",
                                 "SELECT * FROM glob('" + folder_ + "/t2/*')",
                                 std::string("SELECT __ticklake_partition(1, 0, 'x')")}) {
    EXPECT_THAT(Sql(sql), HasSubstr("error: ")) << sql;
  }
}

TEST_F(HiveTest, FilesThatChangeInPlaceAreReadAnew) {
  Write("t/a.csv", "n\n1\n");
  AddTable("t", Csv({{"n", {.kind = Kind::kBigint}, ""}}), {{"t/a.csv", {}}});
  EXPECT_EQ(Sql("SELECT n FROM t"), "n\n1\n");
  Write("t/a.csv", "n\n2\n3\n");
  EXPECT_EQ(Sql("SELECT n FROM t"), "n\n2\n3\n");
}

}  // namespace
}  // namespace ticklake::query
