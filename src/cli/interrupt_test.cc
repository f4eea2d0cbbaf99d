#include "cli/interrupt.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

namespace ticklake::cli {
namespace {

using std::chrono::hours;

TEST(Interrupt, AWaitEndsByASignalByRequestAndWhenItIsDone) {
  std::stop_source done;
  {
    const Interrupt interrupt;
    std::jthread other([&] { done.request_stop(); });
    EXPECT_FALSE(interrupt.WaitFor(hours(1), done.get_token()));
    EXPECT_FALSE(interrupt.WaitFor(hours(1), done.get_token())) << "done already";
    EXPECT_FALSE(interrupt.Requested());
  }
  {
    Interrupt interrupt;
    std::jthread other([&] { interrupt.Request(); });
    EXPECT_TRUE(interrupt.WaitFor(hours(1)));
  }
  const Interrupt interrupt;
  std::jthread other([] { kill(getpid(), SIGTERM); });
  EXPECT_TRUE(interrupt.WaitFor(hours(1)));
  EXPECT_TRUE(interrupt.Requested());
}

TEST(Interrupt, EndsWithoutASignal) {
  for (int i = 0; i < 100; ++i) const Interrupt interrupt;
}

}  // namespace
}  // namespace ticklake::cli
