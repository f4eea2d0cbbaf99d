#include "market/replay/csv_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace ticklake::market {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each record as its JSON, or as "line N: problem".
std::vector<std::string> Convert(std::unique_ptr<ByteSource> source) {
  CsvReader reader(std::move(source), {});
  CsvRecord record;
  if (!reader.Next(record).value_or(false)) return {};
  auto json = CsvJson::Create(record);
  if (!json) return {json.error().message};
  std::vector<std::string> out;
  for (auto more = reader.Next(record); more && *more; more = reader.Next(record)) {
    const std::string problem = json->Problem(record);
    std::string text;
    if (problem.empty())
      json->Write(record, text);
    else
      text = fmt::format("line {}: {}", record.line, problem);
    out.push_back(text);
  }
  return out;
}

std::vector<std::string> Convert(const std::string& text) { return Convert(TextSource(text)); }

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

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(GunzipSource, MembersInARowAndDamage) {
  const std::string packed = Gzip("a,b\n1,2\n") + Gzip("3,4\n");
  for (const size_t piece : {size_t{1}, SIZE_MAX}) {
    EXPECT_THAT(Convert(GunzipSource(TextSource(packed, piece))),
                ElementsAre(R"({"a":1,"b":2})", R"({"a":3,"b":4})"));
  }
  char buffer[100];
  auto cut = GunzipSource(TextSource(packed.substr(0, packed.size() - 4)));
  Result<size_t> got = 1;
  while (got && *got > 0) got = cut->Read(buffer, sizeof buffer);
  EXPECT_EQ(got.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace ticklake::market
