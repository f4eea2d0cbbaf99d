#include "market/replay/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace ticklake::market {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Row {
  int64_t line = 0;
  std::vector<std::string> cells;
  std::string problem;
  bool terminated = true;

  bool operator==(const Row&) const = default;
};

std::vector<Row> ReadAll(const std::string& text, size_t piece = SIZE_MAX,
                         CsvOptions options = {}) {
  CsvReader reader(TextSource(text, piece), options);
  std::vector<Row> rows;
  CsvRecord record;
  for (;;) {
    const auto more = reader.Next(record);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) return rows;
    Row row{record.line, {}, record.problem, record.terminated};
    for (const CsvCell& cell : record.cells) row.cells.emplace_back(cell.text);
    rows.push_back(std::move(row));
  }
}

TEST(CsvReader, TheOrdinaryFile) {
  const auto rows = ReadAll("a,b\n1,2\n3,\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(rows[2].cells, ElementsAre("3", ""));
  EXPECT_EQ(rows[2].line, 3);
}

TEST(CsvReader, LineEndsMarksAndBlankLines) {
  const auto rows = ReadAll(
      "\xEF\xBB\xBF"
      "a,b\r\n\r\n\n1,\"x\r\ny\"\r\n2,z");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(rows[1].cells, ElementsAre("1", "x\r\ny"));
  EXPECT_EQ(rows[1].line, 4);
  EXPECT_THAT(rows[2].cells, ElementsAre("2", "z"));
  EXPECT_EQ(rows[2].line, 6);
  EXPECT_FALSE(rows[2].terminated);
}

TEST(CsvReader, QuotesOnlyMatterAtTheStartOfACell) {
  const auto rows = ReadAll("5\" pipe,\"say \"\"hi\"\"\",\"\",\"a,b\"\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0].cells, ElementsAre("5\" pipe", "say \"hi\"", "", "a,b"));
}

TEST(CsvReader, ABrokenQuoteCostsOneLine) {
  const auto rows = ReadAll("1,\"abc,2\n3,4\n5,\"def\"x,6\n7,8\n9,\"open\n10,11\n");
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_THAT(rows[0].problem, HasSubstr("closing quote"));
  EXPECT_THAT(rows[1].cells, ElementsAre("3", "4"));
  EXPECT_THAT(rows[2].problem, HasSubstr("closing quote"));
  EXPECT_EQ(rows[2].line, 3);
  EXPECT_THAT(rows[3].cells, ElementsAre("7", "8"));
  EXPECT_THAT(rows[4].problem, HasSubstr("never closed"));
  EXPECT_EQ(rows[4].line, 5);
  EXPECT_THAT(rows[5].cells, ElementsAre("10", "11"));
}

TEST(CsvReader, AnEndlessRecordIsGivenUpButNotTheFile) {
  const std::string text =
      "a,b\n" + std::string(3'000, 'x') + "\n1,\"" + std::string(3'000, '\n') + "2,3\n";
  for (const size_t piece : {size_t{1}, size_t{100}, SIZE_MAX}) {
    const auto rows = ReadAll(text, piece, {.max_record_bytes = 1000});
    ASSERT_GE(rows.size(), 3U);
    EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
    EXPECT_EQ(rows.back().line, 3003);
    EXPECT_THAT(rows.back().cells, ElementsAre("2", "3"));
  }
}

TEST(CsvReader, OtherEncodingsAreNamed) {
  const auto rows = ReadAll("a\n\xff\xfe\xfd\nb\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[1].problem, HasSubstr("UTF-8"));
  EXPECT_THAT(rows[2].cells, ElementsAre("b"));

  CsvReader utf16(TextSource(std::string("\xFF\xFE"
                                         "a\0",
                                         4)),
                  {});
  CsvRecord record;
  EXPECT_EQ(utf16.Next(record).error().code, Code::kUnsupported);
}

TEST(CsvReader, AnotherDelimiter) {
  const auto rows = ReadAll("a;b\n1,5;2\n", SIZE_MAX, {.delimiter = ';'});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[1].cells, ElementsAre("1,5", "2"));
}

std::string AnyCell(Random& random) {
  static constexpr std::string_view kAlphabet[] = {"a",  "1", ",", "\"", "\n",  "\r\n",
                                                   "\r", " ", "é", ".",  "\"\""};
  std::string text;
  for (uint64_t n = random.Below(6); n > 0; --n) text += kAlphabet[random.Below(11)];
  return text;
}

std::string Quoted(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

TEST(CsvReader, WhatIsWrittenAsRfc4180ComesBack) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const std::string line_end = random.Chance(1, 2) ? "\r\n" : "\n";
    const uint64_t columns = 1 + random.Below(4);
    std::string text;
    std::vector<std::vector<std::string>> table;
    for (uint64_t r = random.Below(20); r > 0; --r) {
      auto& row = table.emplace_back();
      for (uint64_t c = 0; c < columns; ++c) {
        row.push_back(AnyCell(random));
        const bool must = row[c].find_first_of(",\"\r\n") != std::string::npos ||
                          (columns == 1 && row[c].empty());
        text += c == 0 ? "" : ",";
        text += must || random.Chance(1, 4) ? Quoted(row[c]) : row[c];
      }
      text += line_end;
    }
    const auto rows = ReadAll(text);
    ASSERT_EQ(rows.size(), table.size()) << seed;
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].cells, table[i]) << seed;
    EXPECT_EQ(ReadAll(text, 1), rows) << seed;
    EXPECT_EQ(ReadAll(text, 7), rows) << seed;
  }
}

TEST(CsvReader, NoTextUpsetsItHoweverItArrives) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    std::string text;
    for (uint64_t n = random.Below(12); n > 0; --n) text += AnyCell(random);
    const auto rows = ReadAll(text);
    EXPECT_EQ(ReadAll(text, 1), rows) << text;
    EXPECT_EQ(ReadAll(text, 3), rows) << text;
  }
}

}  // namespace
}  // namespace ticklake::market
