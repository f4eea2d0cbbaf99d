#include "cli/group_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/clock.h"

namespace ticklake::cli {
namespace {

using lake::CommittedOffset;
using std::chrono::milliseconds;

CommittedOffset At(int32_t partition, int64_t offset) {
  return {{"c", Uuid{{7}}, partition}, "events", offset};
}

/// A group that answers when it is told to.
struct SlowGroup {
  GroupReporter::Commit Commit() {
    return [this](const std::string& group, const std::vector<kafka::GroupOffset>& offsets) {
      const std::lock_guard lock(mutex);
      ++calls;
      EXPECT_EQ(group, "g");
      if (fail) return Result<void>(Fail(Code::kUnavailable, "nobody answers"));
      for (const auto& at : offsets) {
        EXPECT_EQ(at.topic, "events");
        stored[at.partition] = at.offset;
        ++entries;
      }
      return Result<void>();
    };
  }
  std::mutex mutex;
  std::atomic<int> calls = 0;
  int entries = 0;
  bool fail = false;
  std::map<int32_t, int64_t> stored;
};

TEST(GroupReporter, TheNewestPositionOfEachLogIsCommitted) {
  SlowGroup group;
  GroupReporter reporter("g", group.Commit());
  {
    const std::lock_guard blocked(group.mutex);
    const Nanos began = SystemClock().Monotonic();
    for (int64_t n = 1; n <= 1000; ++n) reporter.Report({At(0, n), At(1, 2 * n)});
    EXPECT_LT(SystemClock().Monotonic() - began, kNanosPerSecond);  // it did not wait
  }
  reporter.Stop();
  reporter.Stop();
  EXPECT_THAT(group.stored, testing::ElementsAre(testing::Pair(0, 1000), testing::Pair(1, 2000)));
  EXPECT_LE(group.entries, 4);  // what waited was overwritten
}

TEST(GroupReporter, AGroupThatCannotBeReachedIsTriedAgainAtTheEnd) {
  SlowGroup group;
  group.fail = true;
  GroupReporter reporter("g", group.Commit());
  reporter.Report({At(0, 1)});
  while (group.calls < 1) SystemClock().SleepFor(milliseconds(1));
  reporter.Report({At(0, 2), At(1, 3)});
  {
    const std::lock_guard lock(group.mutex);
    group.fail = false;
  }
  const Nanos began = SystemClock().Monotonic();
  reporter.Stop();
  EXPECT_LT(SystemClock().Monotonic() - began, 4 * kNanosPerSecond);  // without its pause
  EXPECT_THAT(group.stored, testing::ElementsAre(testing::Pair(0, 2), testing::Pair(1, 3)));
}

TEST(GroupReporter, ADeadClusterIsAnErrorInTime) {
  const auto commit = CommitThroughAdmin({.bootstrap = "127.0.0.1:1"});
  const Nanos began = SystemClock().Monotonic();
  const auto done = commit("g", {{"events", Uuid{{7}}, 0, 1}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnavailable) << done.error().message;
  EXPECT_LT(SystemClock().Monotonic() - began, 10 * kNanosPerSecond);
}

}  // namespace
}  // namespace ticklake::cli
