// Formats as such; what each type looks like is in tests/sql/types.sql.
#include "query/results/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ticklake::query {
namespace {

class StringSink : public ByteSink {
 public:
  Result<void> Write(std::string_view bytes) override {
    ++pieces;
    text += bytes;
    return {};
  }
  std::string text;
  int pieces = 0;
};

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    duckdb_open(nullptr, &database_);
    duckdb_connect(database_, &connection_);
  }
  ~WriterTest() override {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  std::string Write(const char* sql, const WriterOptions& options) {
    duckdb_result result;
    EXPECT_EQ(duckdb_query(connection_, sql, &result), DuckDBSuccess);
    std::vector<Column> columns;
    for (idx_t c = 0; c < duckdb_column_count(&result); ++c) {
      duckdb_logical_type type = duckdb_column_logical_type(&result, c);
      columns.push_back({duckdb_column_name(&result, c), ColumnType::From(type)});
      duckdb_destroy_logical_type(&type);
    }
    const auto writer = MakeWriter(options, sink_);
    EXPECT_TRUE(writer->Begin({columns, &result}));
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
      EXPECT_TRUE(writer->Write(chunk));
      duckdb_destroy_data_chunk(&chunk);
    }
    EXPECT_TRUE(writer->End());
    duckdb_destroy_result(&result);
    return sink_.text;
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  StringSink sink_;
};

TEST_F(WriterTest, NarrowTerminalsCutTheWidestColumns) {
  EXPECT_EQ(Write("SELECT 12345 AS n, repeat('é', 50) AS text, 'short' AS s", {.max_width = 30}),
            "    n  text              s\n"
            "─────  ────────────────  ─────\n"
            "12345  ééééééééééééééé…  short\n"
            "(1 row)\n");
}

TEST_F(WriterTest, LinesFitWhateverIsInThem) {
  const std::string text = Write(
      "SELECT repeat('x', (range % 200)::INT) AS a, repeat('y', (range % 77)::INT) AS b, range AS "
      "c FROM range(500)",
      {.max_width = 60});
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(std::count_if(text.begin() + static_cast<std::ptrdiff_t>(at),
                            text.begin() + static_cast<std::ptrdiff_t>(end),
                            [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }),
              60);
    at = end + 1;
  }
}

TEST_F(WriterTest, ManyRowsKeepTheWidthsOfTheFirst) {
  const std::string text = Write("SELECT range AS n FROM range(20000)", {});
  EXPECT_THAT(text, testing::StartsWith("   n\n────\n   0\n   1\n"));
  EXPECT_THAT(text, testing::EndsWith("19999\n(20,000 rows)\n"));
}

TEST_F(WriterTest, ExpandedShowsEveryValueWhole) {
  EXPECT_EQ(Write("SELECT repeat('é', 50) AS \"größe\", NULL AS n, E'a\\x1b\\nb' AS text UNION ALL "
                  "SELECT 'x', 2, 'y'",
                  {.format = Format::kExpanded, .max_width = 20}),
            "─[ 1 ]──────────────────────────────────\n"
            "größe  éééééééééééééééééééééééééééééééééééééééééééééééééé\n"
            "n      NULL\n"
            "text   a\\x1B\\nb\n"
            "─[ 2 ]──────────────────────────────────\n"
            "größe  x\n"
            "n      2\n"
            "text   y\n"
            "(2 rows)\n");
}

TEST_F(WriterTest, TheFooterMayBeLeftOut) {
  EXPECT_EQ(Write("SELECT 1 AS n", {.footer = false}), "n\n─\n1\n");
}

TEST_F(WriterTest, TextLeavesInPieces) {
  Write("SELECT repeat('x', 1000) AS x FROM range(1000)", {.format = Format::kCsv});
  EXPECT_GT(sink_.pieces, 10);
  EXPECT_LT(sink_.pieces, 20);
}

TEST(FormatTest, NamesAreRead) {
  for (const std::string_view name : kFormatNames) {
    const auto format = ParseFormat(name);
    ASSERT_TRUE(format);
    EXPECT_EQ(FormatName(*format), name);
  }
  EXPECT_EQ(ParseFormat("jsonl"), Format::kJsonl);
  const auto wrong = ParseFormat("xml");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, testing::HasSubstr("table, expanded, csv, json"));
}

}  // namespace
}  // namespace ticklake::query
