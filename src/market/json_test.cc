#include "market/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "market/json_object.h"
#include "market/json_text.h"

namespace ticklake::market {
namespace {

Trade SampleTrade() {
  Trade t;
  t.ts_event = 1732300000123456789;
  t.ts_recv = 1732300000123500000;
  t.symbol = "AAPL";
  t.venue = "XNAS";
  t.price = {18725, 2};
  t.size = {100, 0};
  t.side = Side::kBid;
  t.trade_id = "42";
  t.sequence = 7;
  return t;
}

TEST(MarketJson, ATradeIsWrittenAsTheDocumentSays) {
  std::string out = "leftovers";
  WriteJson(SampleTrade(), out);
  EXPECT_EQ(out,
            R"({"ts_event":1732300000123456789,"ts_recv":1732300000123500000,"symbol":"AAPL",)"
            R"("venue":"XNAS","price":187.25,"size":100,"side":"B","trade_id":"42","sequence":7,)"
            R"("flags":0})");
}

TEST(MarketJson, AOneSidedQuoteLeavesTheOtherSideOut) {
  Quote q;
  q.ts_event = 5;
  q.symbol = "MSFT";
  q.bid = Level{{41500, 2}, {300, 0}};
  q.sequence = 1;
  std::string out;
  WriteJson(q, out);
  EXPECT_EQ(out, R"({"ts_event":5,"symbol":"MSFT","bid_px_00":415.00,"bid_sz_00":300,)"
                 R"("sequence":1,"flags":0})");
}

Decimal AnyDecimal(Random& random) {
  const int64_t edges[] = {std::numeric_limits<int64_t>::min(), -1, 0, 1,
                           std::numeric_limits<int64_t>::max()};
  const int64_t mantissa = random.Chance(1, 4)
                               ? edges[random.Below(5)]
                               : static_cast<int64_t>(random.Next()) >> random.Below(64);
  return {mantissa, static_cast<int32_t>(random.Below(19))};
}

std::string AnyText(Random& random) {
  std::string text;
  for (uint64_t n = random.Below(20); n > 0; --n) {
    text += static_cast<char>(random.Chance(1, 3) ? random.Below(0x20) : random.Below(0x80));
  }
  return text;
}

TEST(MarketJson, EveryTradeComesBackAsItWas) {
  Random random(1);
  std::string out;
  for (int i = 0; i < 2000; ++i) {
    Trade t = SampleTrade();
    t.ts_event = static_cast<Nanos>(random.Next());
    t.symbol = AnyText(random);
    t.trade_id = AnyText(random);
    t.price = AnyDecimal(random);
    t.size = AnyDecimal(random);
    WriteJson(t, out);
    const auto back = ParseTradeJson(out);
    ASSERT_TRUE(back) << out << ": " << back.error().message;
    EXPECT_EQ(*back, t) << out;
    EXPECT_EQ(back->price.scale, t.price.scale);
  }
}

TEST(MarketJson, EveryQuoteComesBackAsItWas) {
  Random random(2);
  std::string out;
  for (int i = 0; i < 2000; ++i) {
    Quote q;
    q.ts_event = static_cast<Nanos>(random.Next());
    q.symbol = AnyText(random);
    const uint64_t sides = 1 + random.Below(3);
    if (sides & 1) q.bid = Level{AnyDecimal(random), AnyDecimal(random)};
    if (sides & 2) q.ask = Level{AnyDecimal(random), AnyDecimal(random)};
    WriteJson(q, out);
    const auto back = ParseQuoteJson(out);
    ASSERT_TRUE(back) << out << ": " << back.error().message;
    EXPECT_EQ(*back, q) << out;
  }
}

TEST(MarketJson, OtherProducersMayUseTextAndAnyOrder) {
  const auto t = ParseTradeJson(
      R"({"size":"0.5","extra":[1],"price":"61837.630","symbol":"BTC-USD","venue":null,)"
      R"("ts_event":"2024-11-22T18:26:40.5Z"})");
  ASSERT_TRUE(t) << t.error().message;
  EXPECT_EQ(t->ts_event, 1732300000500000000);
  EXPECT_EQ(t->price.ToString(), "61837.630");
  EXPECT_EQ(t->side, Side::kNone);
}

TEST(MarketJson, WhatIsMissingOrIllTypedIsNamed) {
  EXPECT_EQ(ParseTradeJson(R"({"ts_event":1,"symbol":"A","size":1})").error().message,
            "price: missing");
  EXPECT_FALSE(ParseTradeJson(R"({"ts_event":true,"symbol":"A","price":1,"size":1})"));
  EXPECT_FALSE(ParseTradeJson(R"({"ts_event":1,"symbol":"A","price":1,"size":1,"side":"x"})"));
  EXPECT_FALSE(ParseQuoteJson(R"({"ts_event":1,"symbol":"A"})"));
  EXPECT_FALSE(ParseTradeJson("[1]"));
  EXPECT_FALSE(ParseTradeJson(""));
}

TEST(JsonObjectTest, FieldsAreFoundAsTheirText) {
  using Kind = JsonObject::Kind;
  JsonObject object;
  ASSERT_TRUE(object.Parse(
      R"( {"a":-1.50e2,"b\u0041":"x\n\ud83d\ude00","":"no name","n":null,"t":true,)"
      R"("o":{"a":"inner","k":[1,{"a":2}]},"l":["a"],"z":18446744073709551616,"a":"last"} )"));
  const auto is = [&](std::string_view key, Kind kind, std::string_view text) {
    const auto field = object.Find(key);
    return field && field->kind == kind && field->text == text;
  };
  EXPECT_TRUE(is("a", Kind::kString, "last"));
  EXPECT_TRUE(is("bA", Kind::kString, "x\n😀"));
  EXPECT_TRUE(is("", Kind::kString, "no name"));
  EXPECT_TRUE(is("n", Kind::kNull, ""));
  EXPECT_TRUE(is("t", Kind::kBoolean, ""));
  EXPECT_TRUE(is("o", Kind::kNested, ""));
  EXPECT_TRUE(is("l", Kind::kNested, ""));
  EXPECT_TRUE(is("z", Kind::kNumber, "18446744073709551616"));
  EXPECT_FALSE(object.Find("k"));
  ASSERT_TRUE(object.Parse(R"({"b":-1.50e2})"));
  EXPECT_TRUE(is("b", Kind::kNumber, "-1.50e2"));
  EXPECT_FALSE(object.Find("a")) << "of the object before";
}

TEST(JsonObjectTest, WhatIsNoJsonObjectIsRefused) {
  const std::string nested(JsonObject::kMaxDepth, '[');
  for (const std::string& bad :
       {std::string(), std::string(" "), std::string("{"), std::string("{}{}"), std::string("[1]"),
        std::string("1"), std::string(R"("a")"), std::string(R"({"a":1,})"),
        std::string(R"({"a":01})"), std::string(R"({a:1})"), std::string(R"({"a":NaN})"),
        std::string("{\"a\":\"\xFF\"}"), std::string(R"({"a":"\ud800"})"),
        std::string("{\"a\":\"\n\"}"), "{\"a\":" + nested, std::string("{\"a\":1 /* */}"),
        std::string("\xEF\xBB\xBF{}")}) {
    JsonObject object;
    EXPECT_FALSE(object.Parse(bad)) << bad;
    EXPECT_TRUE(object.Parse(R"({"a":[{}]})")) << "after " << bad;
  }
  JsonObject object;
  EXPECT_EQ(object.Parse("[1]").error().message, "JSON, but not an object");
}

TEST(JsonText, ANumberIsWhatRfc8259Says) {
  for (const char* yes : {"0", "-0", "12", "0.0", "-1.50", "1e5", "1E+05", "2.5e-3"}) {
    EXPECT_TRUE(IsJsonNumber(yes)) << yes;
  }
  for (const char* no : {"", "-", "007", "1.", ".5", "+1", "1e", "1e+", "NaN", " 1", "1 ", "0x1",
                         "1,000", "--1", "-.5"}) {
    EXPECT_FALSE(IsJsonNumber(no)) << no;
  }
}

}  // namespace
}  // namespace ticklake::market
