#include "market/pacer.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace ticklake::market {
namespace {

constexpr Nanos kSecond = kNanosPerSecond;

// Sleeps longer than asked, as machines do.
class SleepyClock : public ManualClock {
 public:
  void SleepFor(std::chrono::nanoseconds span) const override {
    ManualClock::SleepFor(span + std::chrono::microseconds(700));
  }
};

TEST(Pacer, EventsAreDueAtTheirTimeOverTheSpeed) {
  for (const double speed : {0.5, 1.0, 60.0, 86'400.0}) {
    const ManualClock clock;
    Pacer pacer(clock, speed, {});
    for (Nanos t = 0; t <= 10; ++t) {
      ASSERT_TRUE(pacer.WaitUntil(t * 600 * kSecond));
      const double due = static_cast<double>(t * 600 * kSecond) / speed;
      EXPECT_NEAR(static_cast<double>(clock.Monotonic()), due, 1e6) << t << " at " << speed;
      EXPECT_GE(static_cast<double>(clock.Monotonic()), due) << "early";
    }
  }
}

TEST(Pacer, LateSleepsDoNotAddUp) {
  const SleepyClock clock;
  Pacer pacer(clock, 1, {});
  for (Nanos i = 0; i <= 100'000; ++i) {
    ASSERT_TRUE(pacer.WaitUntil(i * 3 * kNanosPerMilli));
    ASSERT_LT(clock.Monotonic() - i * 3 * kNanosPerMilli, 2 * kNanosPerMilli) << i;
  }
}

TEST(Pacer, ASlowReaderIsMadeUpFor) {
  const ManualClock clock;
  Pacer pacer(clock, 1, {});
  ASSERT_TRUE(pacer.WaitUntil(0));
  clock.Advance(5 * kSecond);  // the reader was busy
  ASSERT_TRUE(pacer.WaitUntil(1 * kSecond));
  ASSERT_TRUE(pacer.WaitUntil(4 * kSecond));
  EXPECT_EQ(clock.Monotonic(), 5 * kSecond);
  ASSERT_TRUE(pacer.WaitUntil(6 * kSecond));
  EXPECT_EQ(clock.Monotonic(), 6 * kSecond);
}

TEST(Pacer, WhatIsOutOfOrderGoesAtOnceAndMovesNothing) {
  const ManualClock clock;
  Pacer pacer(clock, 1, {});
  for (const Nanos t : {10, 12, 3, 11, 12}) ASSERT_TRUE(pacer.WaitUntil(t * kSecond));
  EXPECT_EQ(clock.Monotonic(), 2 * kSecond);
  ASSERT_TRUE(pacer.WaitUntil(13 * kSecond));
  EXPECT_EQ(clock.Monotonic(), 3 * kSecond);
}

TEST(Pacer, TheWallClockMayJump) {
  ManualClock clock(1'700'000'000 * kSecond);
  Pacer pacer(clock, 1, {});
  ASSERT_TRUE(pacer.WaitUntil(0));
  clock.Jump(0);
  ASSERT_TRUE(pacer.WaitUntil(2 * kSecond));
  EXPECT_EQ(clock.Monotonic(), 2 * kSecond);
}

TEST(Pacer, AStopEndsAWaitAtOnceHoweverLong) {
  const ManualClock clock;
  std::stop_source stop;
  Pacer pacer(clock, 1e-9, stop.get_token());
  ASSERT_TRUE(pacer.WaitUntil(std::numeric_limits<Nanos>::min()));
  std::vector<Nanos> told;
  EXPECT_FALSE(pacer.WaitUntil(std::numeric_limits<Nanos>::max(), [&](Nanos left) {
    told.push_back(left);
    if (told.size() == 20) stop.request_stop();
    return true;
  }));
  EXPECT_EQ(told.size(), 20U);
  EXPECT_LE(clock.Monotonic(), kNanosPerMilli * 20 * 100);
}

TEST(Pacer, WhoWatchesMayEndTheWait) {
  const ManualClock clock;
  Pacer pacer(clock, 1, {});
  ASSERT_TRUE(pacer.WaitUntil(0));
  EXPECT_FALSE(pacer.WaitUntil(kSecond, [](Nanos) { return false; }));
  EXPECT_EQ(clock.Monotonic(), 0);
}

TEST(Pacer, AGivenOriginCounts) {
  const ManualClock clock;
  Pacer pacer(clock, 2, {});
  pacer.Start(100 * kSecond);
  ASSERT_TRUE(pacer.WaitUntil(104 * kSecond));
  EXPECT_EQ(clock.Monotonic(), 2 * kSecond);
}

}  // namespace
}  // namespace ticklake::market
