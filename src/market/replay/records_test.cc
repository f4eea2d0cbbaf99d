#include "market/replay/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ticklake::market {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Shown(const Record& record) {
  if (!record.problem.empty()) return fmt::format("{}: left out: {}", record.line, record.problem);
  return fmt::format("{}: {}{}{}", record.line,
                     record.key ? "[" + std::string(*record.key) + "]" : "",
                     record.time.empty() ? "" : "(" + std::string(record.time) + ")", record.value);
}

// Each record, or the error that ended it; the same for all pieces.
std::vector<std::string> Read(const std::string& text, const RecordOptions& options = {}) {
  std::vector<std::vector<std::string>> ways;
  for (const size_t piece : {size_t{1}, size_t{7}, SIZE_MAX}) {
    auto& shown = ways.emplace_back();
    auto reader = OpenRecords(TextSource(text, piece), options);
    if (!reader) {
      shown.push_back(reader.error().message);
      continue;
    }
    Record record;
    for (auto more = (*reader)->Next(record); more && *more; more = (*reader)->Next(record)) {
      shown.push_back(Shown(record));
    }
  }
  EXPECT_EQ(ways[0], ways[1]);
  EXPECT_EQ(ways[0], ways[2]);
  return ways[0];
}

std::string TitleOf(const std::string& text) {
  const auto reader = OpenRecords(TextSource(text), {});
  return reader ? (*reader)->Title() : reader.error().message;
}

TEST(Records, TheFormatIsToldByTheFirstCharacters) {
  EXPECT_EQ(TitleOf("a,b\n1,2\n"), "CSV with 2 columns");
  EXPECT_EQ(TitleOf("\xEF\xBB\xBF{\"a\":1}"), "JSON lines");
  EXPECT_EQ(TitleOf("\n\n  {\"a\":1}"), "JSON lines");
  EXPECT_EQ(TitleOf("1723161254087891268 {\"a\":1}\n"), "JSON lines with times");
  EXPECT_EQ(TitleOf("1723161254.087: {\"a\":1}\n"), "JSON lines with times");
  EXPECT_EQ(TitleOf("1723161254,{\"a\":1}\n"), "CSV with 2 columns");
  EXPECT_THAT(TitleOf("[{\"a\":1},\n"), HasSubstr("jq -c"));
  EXPECT_THAT(TitleOf(std::string("\xFF\xFE{\0", 4)), HasSubstr("iconv"));
  EXPECT_THAT(TitleOf(""), HasSubstr("empty"));
}

TEST(Records, JsonLinesStayByteForByte) {
  EXPECT_THAT(Read("{\"b\": 1.50, \"a\":[1, 2]}\r\n\n  \n { } \n{\"é\":\"\\u00e9\"}"),
              ElementsAre("1: {\"b\": 1.50, \"a\":[1, 2]}", "4:  { } ", "5: {\"é\":\"\\u00e9\"}"));
}

TEST(Records, LinesThatAreNoObjectsAreLeftOut) {
  EXPECT_THAT(Read("{}\n{\"a\":1\n[1]\nx\n{\"a\":\"\xFF\"}\n{} {}\n{\"cut\":12"),
              ElementsAre("1: {}", HasSubstr("2: left out: not JSON"),
                          "3: left out: JSON, but not an object",
                          HasSubstr("4: left out: not JSON"), HasSubstr("5: left out: not JSON"),
                          HasSubstr("6: left out: not JSON"), HasSubstr("7: left out: not JSON")));
}

TEST(Records, KeysAndTimesAreTopLevelFields) {
  const RecordOptions options{.key = "s", .time = "t"};
  EXPECT_THAT(
      Read("{\"s\":\"A\\u0042\",\"t\":17.5}\n{\"s\":12,\"t\":\"2024-11-22\"}\n"
           "{\"s\":\"\",\"t\":null}\n{\"x\":{\"s\":1,\"t\":2}}\n{\"s\":[1]}\n{\"t\":true}\n",
           options),
      ElementsAre("1: [AB](17.5){\"s\":\"A\\u0042\",\"t\":17.5}",
                  "2: [12](2024-11-22){\"s\":12,\"t\":\"2024-11-22\"}",
                  "3: {\"s\":\"\",\"t\":null}", "4: {\"x\":{\"s\":1,\"t\":2}}",
                  "5: left out: 's' is neither a number nor a string",
                  "6: left out: 't' is neither a number nor a string"));
  EXPECT_THAT(Read("s,t,v\nA,2024-11-22,1\n,,2\n", options),
              ElementsAre("2: [A](2024-11-22){\"s\":\"A\",\"t\":\"2024-11-22\",\"v\":1}",
                          "3: {\"s\":null,\"t\":null,\"v\":2}"));
  EXPECT_THAT(Read("a,b\n1,2\n", options), ElementsAre("no column 's' for --key; it has: a, b"));
  EXPECT_THAT(Read("a,b\n1,2\n", {.time = "t"}),
              ElementsAre("no column 't' for --time; it has: a, b"));
}

TEST(Records, TimedLinesGiveTheirTimeAndTheRestIsTheRecord) {
  EXPECT_THAT(Read("17 {\"a\":1}\n18: {\"a\":2}\n{\"a\":3}\n19 x\n20 {\"a\":}\n"),
              ElementsAre("1: (17){\"a\":1}", "2: (18){\"a\":2}",
                          "3: left out: there is no time before the object",
                          "4: left out: there is no time before the object",
                          HasSubstr("5: left out: not JSON")));
  EXPECT_THAT(Read("17 {\"t\":1}\n", {.time = "t"}), ElementsAre("1: (1){\"t\":1}"));
}

TEST(Records, LongLinesAreLeftOutAndReadingGoesOn) {
  const std::string fits = "{\"a\":\"" + std::string(12, 'x') + "\"}";  // 20 bytes
  const std::string tail(300'000, 'y');
  EXPECT_THAT(Read(fits + "\r\n" + fits + " \n" + "{" + tail + "\n" + fits + "\n{" + tail,
                   {.max_bytes = 20}),
              ElementsAre("1: " + fits, "2: left out: it is longer than 20 bytes",
                          "3: left out: it is longer than 20 bytes", "4: " + fits,
                          "5: left out: it is longer than 20 bytes"));
}

TEST(Records, AGivenFormatIsTakenAtItsWord) {
  EXPECT_THAT(Read("{a},b\n1,2\n", {.format = FileFormat::kCsv}),
              ElementsAre("2: {\"{a}\":1,\"b\":2}"));
  EXPECT_THAT(Read("x\n{}\n", {.format = FileFormat::kJsonLines}),
              ElementsAre(HasSubstr("1: left out"), "2: {}"));
  EXPECT_THAT(Read("", {.format = FileFormat::kJsonLines}), IsEmpty());
}

}  // namespace
}  // namespace ticklake::market
