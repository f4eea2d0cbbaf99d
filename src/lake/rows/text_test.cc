// Names, numbers, strings, rescued texts: the small parts.
#include <gtest/gtest.h>

#include <charconv>
#include <string>
#include <tuple>

#include "base/random.h"
#include "lake/rows/columns.h"
#include "lake/rows/json_scan.h"
#include "lake/rows/json_token.h"
#include "lake/rows/names.h"
#include "lake/rows/rescue.h"

namespace ticklake::lake {
namespace {

TEST(Names, Fold) {
  EXPECT_EQ(FoldName("odd-Topic.1"), "odd_topic_1");
  EXPECT_EQ(FoldName("Adj Close"), "adj_close");
  EXPECT_EQ(FoldName(""), "_");
  EXPECT_EQ(FoldName("1st"), "1st");
  EXPECT_EQ(FoldName("prix en €"), "prix_en__");
  EXPECT_EQ(FoldName("名前"), "__");
  const std::string longest(kMaxNameLength, 'x');
  EXPECT_EQ(FoldName(longest), longest);
  EXPECT_EQ(FoldName(longest + "y").size(), kMaxNameLength);
  EXPECT_NE(FoldName(longest + "y"), FoldName(longest + "z"));
  EXPECT_EQ(SuffixedName("a"), "a_e8b7be43");  // zlib.crc32(b"a")
}

TEST(Names, LaterTopicsGiveWay) {
  const auto free = [](const std::string&) { return false; };
  const auto taken = [](const std::string& name) { return name == "a_b"; };
  EXPECT_EQ(TableName("a-b", free).name, "a_b");
  EXPECT_FALSE(TableName("a-b", free).collided);
  EXPECT_EQ(TableName("a.b", taken).name, SuffixedName("a.b"));
  EXPECT_TRUE(TableName("a.b", taken).collided);
  EXPECT_EQ(TableName("trades__dlq", free).name, SuffixedName("trades__dlq"));
}

TEST(Names, KeysSurviveInDocs) {
  EXPECT_EQ(KeyDoc("a", "a"), "");
  EXPECT_EQ(KeyOf("adj_close", KeyDoc("Adj Close", "adj_close")), "Adj Close");
  EXPECT_EQ(KeyOf("a", ""), "a");
  EXPECT_EQ(KeyOf("a", "the opening price"), std::nullopt);
}

TEST(JsonToken, NumbersAreTheNearestDoubles) {
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random.Chance(1, 2) ? "-" : "";
    text += std::to_string(random.Next() >> random.Below(64));
    if (random.Chance(2, 3)) text += "." + std::to_string(random.Next() >> random.Below(64));
    if (random.Chance(1, 3)) text += "e" + std::to_string(random.Between(-330, 330));
    JsonNumber number;
    ASSERT_EQ(ReadJsonNumber(text.data(), text.data() + text.size(), &number),
              text.data() + text.size());
    // The same where more text follows, which may be read in strides.
    const std::string more = text + ",12345678";
    JsonNumber same;
    ASSERT_EQ(ReadJsonNumber(more.data(), more.data() + more.size(), &same) - more.data(),
              std::ssize(text));
    ASSERT_EQ(std::tuple(same.mantissa, same.exponent, same.digits, same.integral),
              std::tuple(number.mantissa, number.exponent, number.digits, number.integral))
        << text;
    double expected = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), expected);
    double value = 0;
    if (number.AsDouble(&value) && parsed.ec == std::errc()) {
      ASSERT_EQ(value, expected) << text;
    }
    int64_t as_long = 0;
    int64_t expected_long = 0;
    const auto whole = std::from_chars(text.data(), text.data() + text.size(), expected_long);
    const bool fits = whole.ec == std::errc() && whole.ptr == text.data() + text.size();
    ASSERT_EQ(number.AsLong(&as_long), fits) << text;
    ASSERT_TRUE(!fits || as_long == expected_long);
  }
}

TEST(JsonToken, DigitsEndAtAnyOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 8; ++at) {
      std::string text = "98765432";
      text[at] = static_cast<char>(byte);
      const bool digit = byte >= '0' && byte <= '9';
      uint64_t value = 0;
      const int count = ReadDigits(text.data(), &value);
      ASSERT_EQ(count, digit ? 8 : static_cast<int>(at)) << byte;
      if (count == 0) continue;
      ASSERT_EQ(value, std::stoull(text.substr(0, static_cast<size_t>(count)))) << byte;
    }
  }
}

TEST(JsonToken, LimitsOfNumbers) {
  struct Limit {
    std::string_view text;
    bool is_long;
    bool is_double;
    bool is_exact;
  };
  for (const Limit& limit : std::initializer_list<Limit>{
           {"9223372036854775807", true, true, false},
           {"9223372036854775808", false, true, false},
           {"-9223372036854775808", true, true, true},
           {"-9223372036854775809", false, true, false},
           {"9007199254740992", true, true, true},
           {"9007199254740993", true, true, false},
           {"100000000000000000000000", false, true, false},
           {"1e308", false, true, true},
           {"1e309", false, false, false},
           {"1e-400", false, true, true},
           {"0.00000000000000000000000000000000000000001", false, true, true},
           {"1e999999999999999999999", false, false, false},
       }) {
    JsonNumber number;
    ASSERT_NE(ReadJsonNumber(limit.text.data(), limit.text.data() + limit.text.size(), &number),
              nullptr);
    int64_t as_long = 0;
    double as_double = 0;
    EXPECT_EQ(number.AsLong(&as_long), limit.is_long) << limit.text;
    EXPECT_EQ(number.AsDouble(&as_double), limit.is_double) << limit.text;
    EXPECT_EQ(number.AsExactDouble(&as_double), limit.is_exact) << limit.text;
  }
  for (const std::string_view bad :
       {"", "-", "+1", "01", "-01", ".5", "1.", "1e", "1e+", "Infinity", "NaN"}) {
    JsonNumber number;
    EXPECT_EQ(ReadJsonNumber(bad.data(), bad.data() + bad.size(), &number), nullptr) << bad;
  }
}

TEST(JsonToken, StringStopsAreFoundAnywhere) {
  for (const char stop : {'"', '\\', '\n', '\0', '\x1F'}) {
    for (size_t at = 0; at < 40; ++at) {
      std::string text(40, '\xE9');
      text[at] = stop;
      text.append("\"\\");
      EXPECT_EQ(FindStringStop(text.data(), text.data() + 40) - text.data(),
                static_cast<std::ptrdiff_t>(at));
    }
  }
  const std::string none(37, ' ');
  EXPECT_EQ(FindStringStop(none.data(), none.data() + 37), none.data() + 37);
}

TEST(KeySlot, LeadsTextsThatBeginWithIt) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  for (size_t size = 1; size < 20; ++size) {
    const KeySlot slot(letters.substr(0, size), nullptr);
    for (size_t readable = 0; readable < letters.size(); ++readable) {
      EXPECT_EQ(slot.Leads(letters.data(), readable), readable >= size) << size << " " << readable;
      for (size_t at = 0; at < readable; ++at) {
        std::string other = letters.substr(0, readable);
        other[at] = '.';
        EXPECT_EQ(slot.Leads(other.data(), readable), readable >= size && at >= size)
            << size << " " << readable << " " << at;
      }
    }
  }
}

TEST(Rescue, JoinsPaths) {
  std::string text;
  AddRescued(text, {"a", "b"}, "1");
  AddRescued(text, {"a", "c", "d"}, R"("x")");
  AddRescued(text, {"a", "c", "e"}, "[ ]");
  AddRescued(text, {"q\"q"}, "2");
  AddRescued(text, {"a"}, "null");
  EXPECT_EQ(text, R"({"a":{"b":1,"c":{"d":"x","e":[ ]}},"q\"q":2,"a":null})");
}

TEST(Rescue, WritesPathsInOrder) {
  RescueWriter writer;
  EXPECT_EQ(writer.Finish(), "");
  for (int round = 0; round < 2; ++round) {
    writer.Clear();
    writer.Add({"a", "b"}, "1");
    writer.Add({"a", "c", "d"}, R"("x")");
    writer.Add({"a", "c", "e"}, "[ ]");
    writer.Add({"q\"q"}, "2");
    writer.Add({"a"}, "null");
    writer.Add({"z", "z", "z"}, "3");
    EXPECT_EQ(writer.Finish(),
              R"({"a":{"b":1,"c":{"d":"x","e":[ ]}},"q\"q":2,"a":null,"z":{"z":{"z":3}}})");
  }
}

TEST(JsonScan, ShapesMerge) {
  const auto shape = ScanRecord(R"({"l":[[],[1],[2.5]],"o":{"n":null}})");
  ASSERT_TRUE(shape);
  ASSERT_EQ(shape->fields.size(), 1U);  // `o` has no content
  EXPECT_EQ(shape->fields[0].shape.element[0].element[0].kind, ShapeKind::kDouble);
}

TEST(JsonScan, StringsRoundTrip) {
  std::string out;
  AppendJsonString(out, std::string_view("a\"\\\n\0é", 7));
  EXPECT_EQ(out, R"("a\"\\\u000a\u0000é")");
  EXPECT_EQ(Unescape(std::string_view(out).substr(1, out.size() - 2)),
            std::string("a\"\\\n\0é", 7));
  EXPECT_EQ(Unescape(R"(\)"), std::nullopt);
  EXPECT_EQ(Unescape(R"(\u12)"), std::nullopt);
  EXPECT_EQ(Unescape(R"(\udc00)"), std::nullopt);
}

}  // namespace
}  // namespace ticklake::lake
