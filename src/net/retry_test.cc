#include "net/retry.h"

#include <gtest/gtest.h>

#include <set>

namespace ticklake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Retrier, WaitsLongerAndLongerAtRandom) {
  const RetryPolicy policy{.attempts = 8, .first = milliseconds(100), .longest = seconds(1)};
  std::set<Nanos> waits_seen;
  Nanos longest = 0;
  for (int run = 0; run < 50; ++run) {
    ManualClock clock;
    RetryBudget budget;
    Retrier retrier(policy, clock, budget);
    Nanos limit = 100 * kNanosPerMilli;
    Nanos before = 0;
    while (retrier.Again()) {
      const Nanos wait = clock.Monotonic() - before;
      before = clock.Monotonic();
      EXPECT_LE(wait, limit);
      waits_seen.insert(wait);
      longest = std::max(longest, wait);
      limit = std::min(limit * 2, kNanosPerSecond);
    }
    EXPECT_EQ(retrier.attempts(), 8);
  }
  EXPECT_GT(waits_seen.size(), 300U) << "jitter";
  EXPECT_GT(longest, kNanosPerSecond / 2);
}

TEST(Retrier, HonoursWhatTheServiceAsksFor) {
  ManualClock clock;
  RetryBudget budget;
  Retrier retrier({.longest = seconds(5)}, clock, budget);
  ASSERT_TRUE(retrier.Again(seconds(3)));
  EXPECT_GE(clock.Monotonic(), 3 * kNanosPerSecond);
  const Nanos before = clock.Monotonic();
  ASSERT_TRUE(retrier.Again(seconds(3600)));
  EXPECT_LE(clock.Monotonic() - before, 5 * kNanosPerSecond);
}

TEST(Retrier, ABudgetEndsRetriesForAll) {
  const ManualClock clock;
  RetryBudget budget(20);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Retrier({}, clock, budget).Again());
  EXPECT_FALSE(Retrier({}, clock, budget).Again());
  for (int i = 0; i < 5; ++i) budget.Earn();
  EXPECT_TRUE(Retrier({}, clock, budget).Again());
  EXPECT_FALSE(Retrier({}, clock, budget).Again());
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  const ManualClock clock(784111777 * kNanosPerSecond);
  EXPECT_EQ(RetryAfter({{"retry-after", "7"}}, clock).value(), seconds(7));
  EXPECT_EQ(RetryAfter({{"retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"}}, clock).value(),
            seconds(3));
  EXPECT_EQ(RetryAfter({{"retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"}}, clock).value(),
            seconds(0));
  EXPECT_EQ(RetryAfter({{"retry-after", "-4"}}, clock).value(), seconds(0));
  EXPECT_FALSE(RetryAfter({{"retry-after", "soon"}}, clock).has_value());
  EXPECT_FALSE(RetryAfter({}, clock).has_value());
}

TEST(RetryAfter, OnlyWhatPassesIsRetried) {
  for (const int status : {408, 429, 500, 502, 503, 504}) EXPECT_TRUE(IsRetryable(status));
  for (const int status : {200, 301, 400, 403, 404, 409, 412, 501}) {
    EXPECT_FALSE(IsRetryable(status)) << status;
  }
}

}  // namespace
}  // namespace ticklake::net
