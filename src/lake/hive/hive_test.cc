// Hive's types, layouts, globs and file lists.
#include <gmock/gmock.h>

#include "base/memory_fs.h"
#include "lake/hive/files.h"
#include "lake/hive/glob.h"
#include "lake/hive/layout.h"

namespace ticklake::lake::hive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(HiveType, TextAndBack) {
  for (const char* text :
       {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(20,0)",
        "decimal(38,38)", "string", "varchar(10)", "char(3)", "binary", "date", "timestamp",
        "array<array<double>>", "map<string,struct<a:int,B c:array<date>>>",
        "struct<` s`:int,p(1):int,`a:b`:string,`x``y`:int,größe:double>"}) {
    const auto type = ParseType(text);
    ASSERT_TRUE(type) << text << ": " << type.error().message;
    EXPECT_EQ(ToText(*type), text);
  }
  EXPECT_EQ(ToText(*ParseType(" STRUCT< a : INT , b:Array< string > > ")),
            "struct<a:int,b:array<string>>");
  EXPECT_EQ(ToText(*ParseType("decimal")), "decimal(10,0)");
}

TEST(HiveType, RefusesWhatIsNone) {
  for (const char* text : {"", "struct", "struct<>", "struct<a>", "struct<a:int", "array<int",
                           "int>", "map<int>", "decimal(0)", "decimal(39,1)", "decimal(3,4)",
                           "decimal(x)", "varchar(", "struct<`a:int>", "array<>"}) {
    const auto type = ParseType(text);
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(ParseType("uniontype<int>").error().code, Code::kUnsupported);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "array<";
  EXPECT_EQ(ParseType(deep).error().code, Code::kInvalid);
}

TEST(Glob, StarsStayOrCross) {
  EXPECT_TRUE(GlobMatches("*.csv", "a.csv"));
  EXPECT_FALSE(GlobMatches("*.csv", "x/a.csv"));
  EXPECT_TRUE(GlobMatches("**.csv", "x/y/a.csv"));
  EXPECT_TRUE(GlobMatches("x/**", "x/y/z"));
  EXPECT_FALSE(GlobMatches("x/*", "x/y/z"));
  EXPECT_TRUE(GlobMatches("a?c", "abc"));
  EXPECT_FALSE(GlobMatches("a?c", "a/c"));
  EXPECT_TRUE(GlobMatches("[a-c]x[!0-9]", "bxy"));
  EXPECT_FALSE(GlobMatches("[a-c]x[!0-9]", "bx7"));
  EXPECT_TRUE(GlobMatches("{one,two}.txt", "two.txt"));
  EXPECT_FALSE(GlobMatches("{one,two}.txt", "three.txt"));
  EXPECT_FALSE(GlobMatches("[a", "a"));
  EXPECT_FALSE(GlobMatches("{a", "a"));
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_FALSE(GlobMatches("", "x"));
  const std::string odd = "a*b?[c]{d}\\e";
  EXPECT_TRUE(GlobMatches(EscapeGlob(odd), odd));
  EXPECT_FALSE(GlobMatches(EscapeGlob(odd), "aXb?[c]{d}\\e"));
}

TEST(Glob, ManyStarsEnd) {
  std::string glob;
  for (int i = 0; i < 50; ++i) glob += "**a";
  EXPECT_FALSE(GlobMatches(glob, std::string(2000, 'a') + "b"));
}

catalog::Table Entry(const Layout& layout) {
  catalog::Table table{.database = "d", .name = "t"};
  Describe(layout, table);
  return table;
}

TEST(Layout, DescribedAndReadBack) {
  Layout csv;
  csv.compression = Compression::kGzip;
  csv.csv = {';', '"', '"', 1};
  csv.columns = {{"a", {.kind = Kind::kBigint}, ""}};
  csv.partition_keys = {{"year", {}, ""}};
  const catalog::Table table = Entry(csv);
  EXPECT_EQ(table.storage.serde.library, "org.apache.hadoop.hive.serde2.OpenCSVSerde");
  EXPECT_EQ(table.parameters.at("skip.header.line.count"), "1");
  EXPECT_EQ(table.parameters.at("compressionType"), "gzip");
  EXPECT_TRUE(table.storage.compressed);
  const Layout read = LayoutOf(table).value();
  EXPECT_EQ(read.format, Format::kCsv);
  EXPECT_EQ(read.compression, Compression::kGzip);
  EXPECT_EQ(read.csv, csv.csv);
  EXPECT_EQ(read.partition_keys.at(0).name, "year");

  Layout json;
  json.format = Format::kJson;
  json.columns = {{"symbol", {}, "Symbol"}, {"n", {.kind = Kind::kBigint}, "n"}};
  const catalog::Table lines = Entry(json);
  EXPECT_EQ(lines.storage.serde.parameters.at("paths"), "Symbol,n");
  EXPECT_EQ(LayoutOf(lines)->columns.at(0).key, "Symbol");
  EXPECT_EQ(LayoutOf(lines)->columns.at(1).key, "n");

  Layout parquet;
  parquet.format = Format::kParquet;
  EXPECT_EQ(LayoutOf(Entry(parquet))->format, Format::kParquet);
}

TEST(Layout, ALaterDescriptionLeavesNothingOfTheEarlier) {
  Layout with;
  with.csv.header_lines = 1;
  with.columns = {{"a", {}, ""}};
  catalog::Table table = Entry(with);
  table.storage.columns[0].comment = "kept";
  table.parameters["mine"] = "kept";
  Layout without = with;
  without.csv.header_lines = 0;
  Describe(without, table);
  EXPECT_FALSE(table.parameters.contains("skip.header.line.count"));
  EXPECT_EQ(table.storage.columns[0].comment, "kept");
  EXPECT_EQ(table.parameters.at("mine"), "kept");
}

TEST(Layout, RefusesWhatItCannotRead) {
  catalog::Table table{.database = "d", .name = "t"};
  table.storage.serde.library = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
  EXPECT_EQ(LayoutOf(table).error().code, Code::kUnsupported);
  Layout csv;
  csv.columns = {{"a", ArrayOf({}), ""}};
  EXPECT_EQ(LayoutOf(Entry(csv)).error().code, Code::kUnsupported);
  table = Entry({});
  table.parameters["compressionType"] = "lzo";
  EXPECT_EQ(LayoutOf(table).error().code, Code::kUnsupported);
  table = Entry({});
  table.parameters["skip.header.line.count"] = "many";
  EXPECT_EQ(LayoutOf(table).error().code, Code::kInvalid);
  table = Entry({});
  table.storage.columns = {{"a", "strange", "", {}}};
  EXPECT_THAT(LayoutOf(table).error().message, HasSubstr("column 'a'"));
}

TEST(Files, AllBelowButHiddenEmptyAndExcluded) {
  MemoryFileSystem fs;
  const auto store = store::OpenDirectoryStore(fs, "/root").value();
  for (const char* key : {"t/b.csv", "t/a/1.csv", "t/_SUCCESS", "t/.x.crc", "t/_tmp/2.csv",
                          "t/notes.md", "tt/3.csv"}) {
    ASSERT_TRUE(store->Put(key, "x"));
  }
  ASSERT_TRUE(store->Put("t/empty.csv", ""));
  const std::vector<std::string> exclusions = {"file:///root/t/**.md"};
  EXPECT_THAT(ListDataFiles(*store, "t/", exclusions).value(),
              ElementsAre("file:///root/t/a/1.csv", "file:///root/t/b.csv"));
  EXPECT_THAT(ListDataFiles(*store, "t", exclusions)->size(), 2U);
  EXPECT_THAT(ListDataFiles(*store, "t/b.csv", {}).value(), ElementsAre("file:///root/t/b.csv"));
  EXPECT_TRUE(ListDataFiles(*store, "none/", {})->empty());
  EXPECT_THAT(ListDataFiles(*store, "", exclusions)->size(), 3U);
}

}  // namespace
}  // namespace ticklake::lake::hive
