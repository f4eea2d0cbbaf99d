// The way from an append to a row on a disk that loses its power at any call, fails at any call, or
// is full: nothing acked is lost, nothing is there twice, errors are said, work goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/test_report.h"
#include "lake_model.h"

namespace ticklake {
namespace {

using Lasting = MemoryFileSystem::Lasting;

constexpr int kSteps = 60;

/// How many calls the whole work makes.
uint64_t CallsOf(uint64_t seed) {
  LakeModel whole(seed);
  whole.Work(kSteps);
  return whole.fs().counts().calls;
}

TEST(LakeCrashes, ThePowerMayGoAtAnyCall) {
  // (seed of the work, call at which the power goes, what the disk kept)
  std::set<std::tuple<uint64_t, uint64_t, uint64_t>> states;
  uint64_t workloads = 0;
  int commits = 0;
  int merges = 0;
  int expired = 0;
  for (const uint64_t seed : Seeds(1, 3)) {
    const uint64_t calls = CallsOf(seed);
    ++workloads;
    for (uint64_t at = 1; at <= calls; at += LongRun() ? 1 : 23) {
      for (uint64_t keep = 0; keep < (LongRun() ? 2 : 1); ++keep) {
        SCOPED_TRACE(fmt::format("power goes at call {}, kept by {}: {}", at, keep, Repeat(seed)));
        LakeModel model(seed);
        model.fs().CutPowerAt(at);
        model.Work(kSteps);
        commits = std::max(commits, model.commits());
        merges = std::max(merges, model.merges());
        expired = std::max(expired, model.expired());
        // Sometimes the process dies alone first, and the next one begins.
        if (keep == 1 && at % 3 == 0) {
          model.Kill();
          model.Work(static_cast<int>(at % 3));
        }
        states.emplace(seed, at, Mix64(keep * (at % 3 == 0)) ^ model.LosePower(at * 100 + keep));
        model.Check();
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(commits, 3);
  EXPECT_GT(merges, 0);
  EXPECT_GT(expired, 0);
  Report("lake-power-loss",
         fmt::format("{} distinct power-loss states of log, sink and lake together, in {} "
                     "workloads of {} steps, with up to {} commits, {} merges, {} commits that "
                     "expired snapshots",
                     states.size(), workloads, kSteps, commits, merges, expired));
}

TEST(LakeFaults, EveryCallFailsOnceOrFromThenOn) {
  uint64_t runs = 0;
  uint64_t most = 0;
  const uint64_t stride = LongRun() ? 1 : 41;
  for (const uint64_t seed : Seeds(1, 1)) {
    const uint64_t calls = CallsOf(seed);
    most = std::max(most, calls);
    for (uint64_t nth = 1; nth <= calls; nth += stride) {
      for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) {
        const bool once = lasting == Lasting::kOnce;
        SCOPED_TRACE(fmt::format("call {} fails {}: {}", nth,
                                 once ? "once" : "with all that follow", Repeat(seed)));
        LakeModel model(seed);
        model.fs().FailCall(nth, lasting);
        model.Work(kSteps);
        model.fs().FailCall(0);
        const bool flush_failed = model.fs().counts().failed_syncs > 0;
        if (!once && flush_failed) model.LosePower(nth);
        if (!once) model.Stop();
        model.Check();
        if (once && !flush_failed) {
          EXPECT_EQ(model.restarts(), 0) << "it must go on by itself";
        }
        EXPECT_EQ(model.fs().counts().retried_syncs, 0U) << "a failed flush was repeated";
        if (HasFailure()) return;
        model.LosePower(nth);
        model.Check();
        if (HasFailure()) return;
        ++runs;
      }
    }
  }
  Report("lake-io-faults",
         fmt::format("{} runs of log, sink and lake, in each one call failed, once or with all "
                     "that follow; every {} of up to {} calls",
                     runs, stride == 1 ? "one" : fmt::format("{}th", stride), most));
}

TEST(LakeFaults, ADiskThatIsFullAtAnyPoint) {
  uint64_t points = 0;
  uint64_t full = 0;
  for (const uint64_t seed : Seeds(12, 200)) {
    SCOPED_TRACE(Repeat(seed));
    LakeModel model(1 + seed % 4);
    model.Work(10);
    model.Check();
    model.fs().SetQuota(model.fs().used() + 97 * seed);
    const uint64_t failed = model.fs().counts().failed;
    model.Work(20);
    ++points;
    if (model.fs().counts().failed > failed) {
      ++full;
      EXPECT_NE(model.last_error().find("No space left on device; free some space"),
                std::string::npos)
          << model.last_error();
    }
    if (model.up()) model.CheckReads();
    model.fs().SetQuota(~uint64_t{0});
    model.Check();
    EXPECT_EQ(model.restarts(), 0);
    if (HasFailure()) return;
  }
  EXPECT_GT(full, points / 3);
  Report("lake-disk-full",
         fmt::format("log, sink and lake with {} points of a full disk, met by {}", points, full));
}

}  // namespace
}  // namespace ticklake
