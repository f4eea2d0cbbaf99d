#include "net/http_date.h"

#include <gtest/gtest.h>

namespace ticklake::net {
namespace {

TEST(HttpDateTest, WritesOneFormAndReadsAll) {
  const Nanos at = 784'111'777 * kNanosPerSecond;
  EXPECT_EQ(HttpDate(at + 123 * kNanosPerMilli), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"}) {
    EXPECT_EQ(ParseHttpDate(text), at) << text;
  }
}

TEST(HttpDateTest, RefusesWhatIsNone) {
  for (const char* text : {"", "soon", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 +0100",
                           "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov 9999 08:49:37 GMT"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
  EXPECT_TRUE(ParseHttpDate("Sat, 31 Dec 2261 23:59:59 GMT").has_value());
}

}  // namespace
}  // namespace ticklake::net
