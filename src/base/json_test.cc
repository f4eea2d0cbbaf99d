#include "base/json.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"

namespace ticklake {
namespace {

TEST(JsonTest, NumbersComeBackToTheBit) {
  Random random(7);
  int checked = 0;
  while (checked < 100'000) {
    const auto number = std::bit_cast<double>(random.Next());
    if (!std::isfinite(number)) continue;
    ++checked;
    const std::string text = boost::json::serialize(boost::json::value(number));
    ASSERT_EQ(std::bit_cast<uint64_t>(ParseJson(text).as_double()), std::bit_cast<uint64_t>(number))
        << text;
  }
  EXPECT_EQ(ParseJson("0.30000000000000004").as_double(), 0.1 + 0.2);
  EXPECT_EQ(ParseJson("[1e5,-0.0,18446744073709551616]").as_array()[2].as_double(), 0x1p64);
  EXPECT_EQ(ParseJson("18446744073709551615").as_uint64(), UINT64_MAX);
  EXPECT_EQ(ParseJson("-9223372036854775808").as_int64(), INT64_MIN);
}

TEST(JsonTest, TheRestIsAsBoostHasIt) {
  for (const char* text :
       {R"({"a":[1,2.5,"x\u00e9\n",null,true,false],"b":{"c":{}},"a":"the last counts"})", "[]",
        " \"text\" \n", "{", "[1,]", "", "1 2", "[1] x", "nul", "\"\\ud800\"", "01", "+1", "1.",
        "{\"a\":1,}", "[[[[]]]]"}) {
    boost::system::error_code ours;
    boost::system::error_code theirs;
    const boost::json::value mine = ParseJson(text, ours);
    const boost::json::value other = boost::json::parse(text, theirs);
    EXPECT_EQ(ours, theirs) << text;
    if (ours) continue;
    EXPECT_EQ(boost::json::serialize(mine), boost::json::serialize(other));
  }
  boost::json::parse_options options;
  options.max_depth = 2;
  boost::system::error_code error;
  ParseJson("[[[1]]]", error, options);
  EXPECT_EQ(error, boost::json::error::too_deep);
  EXPECT_THROW(ParseJson("{"), boost::system::system_error);
}

}  // namespace
}  // namespace ticklake
