#include "market/replay/csv_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ticklake::market {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each record as its JSON, or as "line N: problem".
std::vector<std::string> Convert(const std::string& text) {
  CsvReader reader(TextSource(text), {});
  CsvRecord record;
  if (!reader.Next(record).value_or(false)) return {};
  auto json = CsvJson::Create(record);
  if (!json) return {json.error().message};
  std::vector<std::string> out;
  for (auto more = reader.Next(record); more && *more; more = reader.Next(record)) {
    const std::string problem = json->Problem(record);
    std::string shown;
    if (problem.empty())
      json->Write(record, shown);
    else
      shown = fmt::format("line {}: {}", record.line, problem);
    out.push_back(shown);
  }
  return out;
}

TEST(CsvJson, CellsAreTypedByTheirLooks) {
  EXPECT_THAT(Convert("i,f,z,zeros,empty,quoted,nan,flag,text\n"
                      "42,-1.50,0.0,007,,\"\",NaN,true,\"a\"\"\nb\"\n"),
              ElementsAre(R"({"i":42,"f":-1.50,"z":0.0,"zeros":"007","empty":null,"quoted":"",)"
                          R"("nan":"NaN","flag":"true","text":"a\"\nb"})"));
  EXPECT_THAT(Convert("a,b\n9223372036854775807,9223372036854775808\n1e308,1e309\n"),
              ElementsAre(R"({"a":9223372036854775807,"b":"9223372036854775808"})",
                          R"({"a":1e308,"b":"1e309"})"));
  EXPECT_THAT(Convert("a\n\"12\"\n"), ElementsAre(R"({"a":12})"));
}

TEST(CsvJson, NamesAreMadeUsable) {
  CsvReader reader(TextSource(",Adj Close,x,x,x_2\n"), {});
  CsvRecord header;
  ASSERT_TRUE(reader.Next(header).value_or(false));
  const auto json = CsvJson::Create(header);
  ASSERT_TRUE(json);
  EXPECT_THAT(json->names(), ElementsAre("column_1", "Adj Close", "x", "x_2", "x_2_2"));
  EXPECT_EQ(json->notes().size(), 3U);
  EXPECT_EQ(json->Find("Adj Close"), 1U);
  EXPECT_EQ(json->Find("adj close"), std::nullopt);
}

TEST(CsvJson, AHeaderOfHostileLengthIsQuicklyDone) {
  const auto create = [](const std::string& cell, size_t columns) {
    CsvRecord header;
    header.cells.assign(columns, CsvCell{.text = cell});
    return CsvJson::Create(header);
  };
  const auto repeated = create("x", 100'000);  // one by one, x_2 to x_100000 would take minutes
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->names().back(), "x_100000");
  EXPECT_EQ(repeated->notes().size(), 21U);
  EXPECT_THAT(repeated->notes().back(), HasSubstr("99979 further columns"));
  const auto empty = create("", 100'001);
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message, HasSubstr("100001 columns; at most 100000"));
}

TEST(CsvJson, MalformedLinesHaveTheirNumber) {
  EXPECT_THAT(Convert("a,b\n1,2\n3\n4,5,6\n7,8\n"),
              ElementsAre(R"({"a":1,"b":2})", "line 3: 1 cells where the header has 2",
                          "line 4: 3 cells where the header has 2", R"({"a":7,"b":8})"));
}

// The seed file ends in "…,1744637600.0,2913." without a line end.
TEST(CsvJson, ALineThatTheFileEndsInIsJudgedByItsLastCell) {
  EXPECT_THAT(Convert("a,b\n1,2913."),
              ElementsAre("line 2: the file ends inside the number 2913."));
  EXPECT_THAT(Convert("a,b\n1,2913"), ElementsAre(R"({"a":1,"b":2913})"));
  EXPECT_THAT(Convert("a,b\n1,x"), ElementsAre(R"({"a":1,"b":"x"})"));
  EXPECT_THAT(Convert("a,b\n1,2913.\n"), ElementsAre(R"({"a":1,"b":"2913."})"));
  EXPECT_THAT(Convert("a,b\n1"), ElementsAre(HasSubstr("the file ends inside this line")));
}

TEST(CsvJson, AHeaderAloneOrNothingIsNoRecord) {
  EXPECT_THAT(Convert("a,b\n"), IsEmpty());
  EXPECT_THAT(Convert(""), IsEmpty());
}

}  // namespace
}  // namespace ticklake::market
