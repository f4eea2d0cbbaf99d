// Every call of the disk fails once, and: everything fails from there on. An error is reported, a
// failed flush is never repeated, and afterwards everything goes on. Likewise a disk that is full.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/test_report.h"
#include "broker/log/log_model.h"

namespace ticklake::broker {
namespace {

using Lasting = MemoryFileSystem::Lasting;

constexpr int kSteps = 80;

void CheckAfterwards(LogModel& model, uint64_t nth, Lasting lasting) {
  const bool once = lasting == Lasting::kOnce;
  const bool flush_failed = model.fs().counts().failed_syncs > 0;
  if (!once) {
    // What a flush lost could not be noted either: only the machine's end settles it.
    if (flush_failed) {
      model.LosePower(nth);
    } else {
      model.Stop();
    }
  }
  model.Check();
  if (once) {
    EXPECT_EQ(model.restarts(), 0) << "it must go on by itself";
  }
  EXPECT_EQ(model.fs().counts().retried_syncs, 0U) << "a failed flush was repeated";
  if (testing::Test::HasFailure()) return;
  model.LosePower(nth);
  model.Check();
}

/// False when the work ended before call `nth`.
bool FailAt(uint64_t seed, uint64_t nth, Lasting lasting) {
  LogModel model(seed);
  model.fs().FailCall(nth, lasting);
  int after = 0;
  for (int step = 0; step < kSteps && after < 12; ++step) {
    model.Step();
    after += model.fs().counts().calls >= nth ? 1 : 0;
  }
  if (model.fs().counts().calls < nth) return false;
  model.fs().FailCall(0);
  CheckAfterwards(model, nth, lasting);
  return true;
}

TEST(LogFaults, EveryCallFailsOnceOrFromThenOn) {
  uint64_t calls = 0;
  uint64_t runs = 0;
  const uint64_t stride = LongRun() ? 1 : 7;
  for (const uint64_t seed : Seeds(1, 4)) {
    for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) {
      uint64_t nth = 1 + seed % stride;
      for (; !HasFailure(); nth += stride) {
        SCOPED_TRACE(fmt::format("call {} fails {}: {}", nth,
                                 lasting == Lasting::kOnce ? "once" : "with all that follow",
                                 Repeat(seed)));
        if (!FailAt(seed, nth, lasting)) break;
        ++runs;
      }
      calls = std::max(calls, nth);
    }
  }
  EXPECT_GT(calls, 200U);
  Report("log-io-faults",
         fmt::format("{} runs of the log, in each one call failed, once or with all that follow; "
                     "every {} of up to {} calls",
                     runs, stride == 1 ? "one" : fmt::format("{}th", stride), calls));
}

TEST(LogFaults, ADiskThatIsFullAtAnyPoint) {
  uint64_t points = 0;
  uint64_t full = 0;
  for (const uint64_t seed : Seeds(20, 200)) {
    SCOPED_TRACE(Repeat(seed));
    LogModel model(seed % 4);
    for (int step = 0; step < 20; ++step) model.Step();
    model.fs().SetQuota(model.fs().used() + 11 * seed);
    for (int step = 0; step < 60; ++step) model.Step();
    ++points;
    if (!model.last_error().empty()) {
      ++full;
      EXPECT_NE(model.last_error().find("No space left on device; free some space"),
                std::string::npos)
          << model.last_error();
    }
    model.CheckReads();
    model.fs().SetQuota(~uint64_t{0});
    model.Check();
    EXPECT_EQ(model.restarts(), 0);
    model.LosePower(seed);
    model.Check();
    if (HasFailure()) return;
  }
  EXPECT_GT(full, points / 2);
  Report("log-disk-full",
         fmt::format("the log with {} points of a full disk, met by {}", points, full));
}

}  // namespace
}  // namespace ticklake::broker
