// The broker's log on a disk that loses its power, or whose process is killed, at any call: what
// was reported as durable is there afterwards, and nothing is there that was never appended.
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "base/test_report.h"
#include "broker/log/log_model.h"

namespace ticklake::broker {
namespace {

constexpr int kSteps = 150;

/// Works until the power goes, just before call `at` (0: never).
void RunTo(LogModel& model, uint64_t at) {
  model.fs().CutPowerAt(at);
  for (int step = 0; step < kSteps && !model.fs().powerless(); ++step) model.Step();
}

/// Everything must be there, and still be after more work and a clean stop.
void CheckAndGoOn(LogModel& model) {
  model.Check();
  if (testing::Test::HasFailure()) return;
  for (int step = 0; step < 3; ++step) model.Step();
  model.Stop();
  model.Check();
}

TEST(LogCrashes, ThePowerMayGoAtAnyCall) {
  // (seed of the work, call at which the power goes, what the disk kept)
  std::set<std::tuple<uint64_t, uint64_t, uint64_t>> states;
  uint64_t workloads = 0;
  const uint64_t keeps = LongRun() ? 5 : 1;
  const uint64_t stride = LongRun() ? 1 : 5;
  for (const uint64_t seed : Seeds(1, 12)) {
    LogModel whole(seed);
    RunTo(whole, 0);
    const uint64_t calls = whole.fs().counts().calls;
    ++workloads;
    for (uint64_t at = 1 + seed % stride; at <= calls; at += stride) {
      for (uint64_t keep = 0; keep < keeps; ++keep) {
        SCOPED_TRACE(fmt::format("power goes at call {}, kept by {}: {}", at, keep, Repeat(seed)));
        LogModel model(seed);
        RunTo(model, at);
        states.emplace(seed, at, model.LosePower(at * 100 + keep));
        CheckAndGoOn(model);
        if (HasFailure()) return;
      }
    }
  }
  if (workloads >= 10) {
    EXPECT_GE(states.size(), 10'000U);
  }
  Report("log-power-loss",
         fmt::format("{} distinct power-loss states of the log, in {} workloads of {} steps",
                     states.size(), workloads, kSteps));
}

// A killed process leaves names and bytes that only the page cache has. The next one must not
// build on them before they are on the disk.
TEST(LogCrashes, AKillAtAnyCallThenThePower) {
  std::set<std::tuple<uint64_t, uint64_t, uint64_t>> states;
  const uint64_t stride = LongRun() ? 1 : 7;
  for (const uint64_t seed : Seeds(1, 8)) {
    LogModel whole(seed);
    RunTo(whole, 0);
    const uint64_t calls = whole.fs().counts().calls;
    for (uint64_t at = 1 + seed % stride; at <= calls; at += stride) {
      SCOPED_TRACE(fmt::format("killed at call {}: {}", at, Repeat(seed)));
      LogModel model(seed);
      RunTo(model, at);
      model.Kill();
      for (uint64_t more = at % 4; more > 0; --more) model.Step();
      if (at % 2 == 0 && !HasFailure()) model.Check();
      states.emplace(seed, at, model.LosePower(at));
      CheckAndGoOn(model);
      if (HasFailure()) return;
    }
  }
  Report("log-kill", fmt::format("{} distinct states of a process killed at a call and the power "
                                 "lost afterwards",
                                 states.size()));
}

// Several faults and ends one after the other, at random.
TEST(LogCrashes, FaultsAndEndsInAnyOrder) {
  uint64_t runs = 0;
  for (const uint64_t seed : Seeds(60, 3'000)) {
    SCOPED_TRACE(Repeat(seed));
    LogModel model(seed);
    Random random(seed, 9);
    for (int end = 0; end < 6; ++end) {
      for (uint64_t steps = random.Below(60); steps > 0; --steps) {
        if (random.Chance(1, 6)) model.fs().FailCall(1 + random.Below(6));
        if (random.Chance(1, 40)) model.fs().FailSync(1, ".log");
        model.Step();
        model.fs().FailCall(0);
        model.fs().FailSync(0);
      }
      // Sometimes the power goes in the middle of a call.
      if (random.Chance(1, 2)) {
        model.fs().CutPowerAt(1 + random.Below(8));
        model.Step();
        model.fs().CutPowerAt(0);
      }
      if (random.Chance(3, 4)) {
        model.LosePower(random.Next());
      } else {
        model.Kill();
      }
      model.Check();
      if (HasFailure()) return;
    }
    ++runs;
  }
  Report("log-faults",
         fmt::format("{} seeded runs of the log with faults, kills and power cuts", runs));
}

}  // namespace
}  // namespace ticklake::broker
