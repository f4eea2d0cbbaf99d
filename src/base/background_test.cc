#include "base/background.h"

#include <sys/resource.h>

#include <atomic>

#include <gtest/gtest.h>

namespace ticklake {
namespace {

using std::chrono::milliseconds;

TEST(Background, WorksAgainAndAgainUntilItIsStopped) {
  std::atomic<int> times = 0;
  std::atomic<int> priority = 0;
  Background background;
  background.Start(milliseconds(1), [&](const std::stop_token&) {
    priority = getpriority(PRIO_PROCESS, 0);
    ++times;
  });
  while (times < 3) std::this_thread::sleep_for(milliseconds(1));
  background.Stop();
  const int after = times;
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(times, after);
  EXPECT_GE(priority, 15);
  EXPECT_LT(getpriority(PRIO_PROCESS, 0), 15) << "the others' stays";
}

TEST(Background, TellsTheWorkToStop) {
  std::atomic<bool> begun = false;
  Background background;
  background.Start(milliseconds(0), [&](const std::stop_token& stop) {
    begun = true;
    while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
  });
  while (!begun) std::this_thread::sleep_for(milliseconds(1));
  background.Stop();
}

TEST(Background, AnIntervalDoesNotHoldUpItsEnd) {
  Background background;
  background.Start(std::chrono::hours(1), [](const std::stop_token&) { FAIL(); });
}

}  // namespace
}  // namespace ticklake
