#include "cli/data_dir.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/memory_fs.h"
#include "base/uuid.h"
#include "cli/failpoint_io.h"

namespace ticklake::cli {
namespace {

// Several sinks may be started on a new directory at once.
TEST(DataDirectory, IsStampedBySeveralProcessesAtOnce) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.MakeDirs("/parent"));
  const auto failpoints = Failpoints::Parse("dir.stamp.before=sleep:100").value();
  const auto slow = NewFailpointFiles(disk, *failpoints);
  const std::jthread first([&] {
    const auto opened = DataDirectory::Open(*slow, "/parent/d");
    EXPECT_TRUE(opened) << opened.error().message;
  });
  while (disk.List("/parent/d").value_or(std::vector<std::string>{}).empty()) {
    std::this_thread::yield();
  }
  const auto second = DataDirectory::Open(disk, "/parent/d");
  ASSERT_TRUE(second) << second.error().message;
}

TEST(DataDirectory, KnowsWhenItWasMade) {
  MemoryFileSystem disk;
  const Nanos before = SystemClock().Now();
  const Nanos made = DataDirectory::Open(disk, "/d").value().MadeAt().value();
  EXPECT_GE(made, before);
  EXPECT_LE(made, SystemClock().Now());
  // A copy of it is as old.
  ASSERT_TRUE(disk.MakeDirs("/copy"));
  ASSERT_TRUE(disk.WriteFileAtomically("/copy/format", disk.ReadFile("/d/format").value()));
  EXPECT_EQ(DataDirectory::OpenExisting(disk, "/copy").value().MadeAt().value(), made);
  // Those of before the time was written down have that of their file.
  const std::string path = testing::TempDir() + "/old-" + Uuid::Random().ToString();
  FileSystem& real = PosixFileSystem();
  ASSERT_TRUE(real.MakeDirs(path));
  ASSERT_TRUE(real.WriteFileAtomically(path + "/format", "ticklake data directory, format 1\n"));
  EXPECT_EQ(DataDirectory::OpenExisting(real, path).value().MadeAt().value(),
            real.ModifiedAt(path + "/format").value());
  ASSERT_TRUE(real.RemoveAll(path));
}

TEST(DataDirectory, RefusesWhatIsNotItsOwn) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.MakeDirs("/photos"));
  ASSERT_TRUE(disk.WriteFileAtomically("/photos/cat.jpg", "meow"));
  const auto opened = DataDirectory::Open(disk, "/photos");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kInvalid);
  EXPECT_EQ(disk.List("/photos").value().size(), 1U);
}

}  // namespace
}  // namespace ticklake::cli
