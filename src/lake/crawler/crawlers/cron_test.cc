// Cron expressions: when they fire, and what is none.
#include "lake/crawler/crawlers/cron.h"

#include <gtest/gtest.h>

namespace ticklake::lake::crawler {
namespace {

std::string Next(std::string_view expression, std::string_view after) {
  const auto cron = Cron::Parse(expression);
  if (!cron) return cron.error().message;
  const auto next = cron->Next(ParseUtc(after).value());
  return next ? FormatUtc(*next) : "never";
}

TEST(Cron, FiresAtTheNextMinuteItNames) {
  EXPECT_EQ(Next("cron(15 12 * * ? *)", "2026-11-25T12:14:59Z"), "2026-11-25T12:15:00Z");
  EXPECT_EQ(Next("cron(15 12 * * ? *)", "2026-11-25T12:15:00Z"), "2026-11-26T12:15:00Z");
  EXPECT_EQ(Next("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-27T17:55:30Z"), "2026-11-30T08:00:00Z");
  EXPECT_EQ(Next("cron(*/10 * * * ? *)", "2026-12-31T23:55:00Z"), "2027-01-01T00:00:00Z");
  EXPECT_EQ(Next("cron(0 8 1 * ? *)", "2026-11-25T00:00:00Z"), "2026-12-01T08:00:00Z");
  EXPECT_EQ(Next("cron(0 0 29 2 ? *)", "2026-11-25T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(Next("cron(0 10 ? JAN,jul 1 2027)", "2026-11-25T00:00:00Z"), "2027-01-03T10:00:00Z");
  EXPECT_EQ(Next("cron(0 0 1 1 ? 2020)", "2026-11-25T00:00:00Z"), "never");
}

TEST(Cron, LastNearestAndNthDays) {
  EXPECT_EQ(Next("cron(0 0 L * ? *)", "2028-02-01T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 ? * 6L *)", "2026-11-01T00:00:00Z"), "2026-11-27T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 ? * 6#3 *)", "2026-11-01T00:00:00Z"), "2026-11-20T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 ? * TUE#1 *)", "2026-11-04T00:00:00Z"), "2026-12-01T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 1W * ? *)", "2026-07-31T00:00:00Z"), "2026-08-03T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 15W * ? *)", "2026-11-01T00:00:00Z"), "2026-11-16T00:00:00Z");
  EXPECT_EQ(Next("cron(0 0 31W * ? *)", "2026-10-01T00:00:00Z"), "2026-10-30T00:00:00Z");
}

TEST(Cron, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "rate(5 minutes)", "cron(15 12 * * ?)", "cron(15 12 * * * *)", "cron(15 12 ? * ? *)",
        "cron(60 12 * * ? *)", "cron(15 24 * * ? *)", "cron(15 12 32 * ? *)",
        "cron(15 12 * 13 ? *)", "cron(15 12 ? * 8 *)", "cron(15 12 * * ? 1969)",
        "cron(5-1 12 * * ? *)", "cron(*/0 12 * * ? *)", "cron(x 12 * * ? *)",
        "cron(1,, 12 * * ? *)", "cron(15 12 * * ? *", "cron(1/2/3 12 * * ? *)",
        "cron(15 12 ? * 6#6 *)", "cron(15 12 0W * ? *)"}) {
    EXPECT_FALSE(Cron::Parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace ticklake::lake::crawler
