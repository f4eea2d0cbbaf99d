// One suite over both file systems, then what only the POSIX one or the in-memory one does.
#include "base/fs.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "base/dir_entries.h"
#include "base/make_dir.h"
#include "base/memory_fs.h"
#include "base/private_file.h"
#include "base/random.h"
#include "base/uuid.h"

namespace ticklake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Code CodeOf(const auto& result) { return result ? Code::kInternal : result.error().code; }

class FileSystemTest : public ::testing::TestWithParam<bool> {
 protected:
  FileSystemTest() : root_("/tmp/ticklake-fs-" + Uuid::Random().ToString()) {
    EXPECT_TRUE(fs().MakeDirs(root_ + "/a/b"));
  }
  ~FileSystemTest() override { EXPECT_TRUE(fs().RemoveAll(root_)); }

  FileSystem& fs() { return GetParam() ? PosixFileSystem() : memory_; }
  std::string Path(std::string_view name) { return JoinPath(root_, name); }

 private:
  MemoryFileSystem memory_;
  std::string root_;
};

TEST_P(FileSystemTest, AppendsReadsAndTruncates) {
  auto file = fs().Open(Path("f"), OpenMode::kAppend);
  ASSERT_TRUE(file);
  std::string expected;
  std::vector<std::string> owned;
  owned.reserve(200);
  for (int i = 0; i < 200; ++i) owned.push_back(std::string(static_cast<size_t>(i % 7), 'x'));
  std::vector<std::string_view> parts(owned.begin(), owned.end());
  for (const auto& part : parts) expected += part;
  ASSERT_TRUE((*file)->Append(parts));
  ASSERT_TRUE((*file)->Append("end"));
  expected += "end";
  EXPECT_EQ((*file)->Size().value(), expected.size());
  EXPECT_EQ((*file)->ReadExact(0, expected.size()).value(), expected);
  EXPECT_EQ(CodeOf((*file)->ReadExact(1, expected.size())), Code::kCorrupt);
  ASSERT_TRUE((*file)->Truncate(2));
  ASSERT_TRUE((*file)->Append("!"));
  ASSERT_TRUE((*file)->Sync());
  EXPECT_EQ(fs().ReadFile(Path("f")).value(), "xx!");
  char byte;
  EXPECT_EQ((*file)->ReadAt(3, &byte, 1).value(), 0U);
}

TEST_P(FileSystemTest, ListsEntriesWithKindsAndSizes) {
  ASSERT_TRUE(fs().WriteFileAtomically(Path("f"), "four"));
  const auto entries = ListEntries(fs(), Path(""));
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].kind, EntryKind::kDirectory);
  EXPECT_EQ((*entries)[1].name, "f");
  EXPECT_EQ((*entries)[1].kind, EntryKind::kFile);
  EXPECT_EQ((*entries)[1].size, 4U);
  EXPECT_EQ(CodeOf(ListEntries(fs(), Path("missing"))), Code::kNotFound);
}

TEST(PosixEntries, FollowNoLinkAndOpenNoFifo) {
  const std::string root = "/tmp/ticklake-entries-" + Uuid::Random().ToString();
  ASSERT_TRUE(PosixFileSystem().MakeDirs(root));
  ASSERT_EQ(symlink("/etc/passwd", (root + "/file").c_str()), 0);
  ASSERT_EQ(symlink(".", (root + "/loop").c_str()), 0);
  ASSERT_EQ(mkfifo((root + "/pipe").c_str(), 0600), 0);
  const auto entries = ListEntries(PosixFileSystem(), root).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].kind, EntryKind::kSymlink);
  EXPECT_EQ(entries[1].kind, EntryKind::kSymlink);
  EXPECT_EQ(entries[2].kind, EntryKind::kOther);
  EXPECT_TRUE(PosixFileSystem().RemoveAll(root));
}

TEST_P(FileSystemTest, OpenModes) {
  EXPECT_EQ(CodeOf(fs().Open(Path("f"), OpenMode::kRead)), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs().Open(Path("no/f"), OpenMode::kAppend)), Code::kNotFound);
  ASSERT_TRUE((*fs().Open(Path("f"), OpenMode::kCreateNew))->Append("1"));
  EXPECT_EQ(CodeOf(fs().Open(Path("f"), OpenMode::kCreateNew)), Code::kAlreadyExists);
  ASSERT_TRUE((*fs().Open(Path("f"), OpenMode::kAppend))->Append("2"));
  EXPECT_EQ(fs().ReadFile(Path("f")).value(), "12");
  ASSERT_TRUE(fs().Open(Path("f"), OpenMode::kTruncate));
  EXPECT_EQ(fs().ReadFile(Path("f")).value(), "");
  ASSERT_TRUE((*CreatePrivate(fs(), Path("secret")))->Append("3"));
  EXPECT_EQ(CodeOf(CreatePrivate(fs(), Path("secret"))), Code::kAlreadyExists);
  EXPECT_EQ(fs().ReadFile(Path("secret")).value(), "3");
}

TEST_P(FileSystemTest, Names) {
  ASSERT_TRUE(fs().WriteFileAtomically(Path("f"), "one"));
  ASSERT_TRUE(fs().WriteFileAtomically(Path("f"), "two"));
  ASSERT_TRUE(fs().Link(Path("f"), Path("g")));
  EXPECT_EQ(CodeOf(fs().Link(Path("f"), Path("g"))), Code::kAlreadyExists);
  EXPECT_THAT(fs().List(Path("")).value(), ElementsAre("a", "f", "g"));
  ASSERT_TRUE(fs().Rename(Path("f"), Path("a/b/h")));
  ASSERT_TRUE(fs().Rename(Path("a"), Path("c")));
  EXPECT_EQ(fs().ReadFile(Path("c/b/h")).value(), "two");
  EXPECT_FALSE(fs().Exists(Path("a/b/h")).value());
  EXPECT_TRUE(fs().IsDirectory(Path("c/b")).value());
  EXPECT_FALSE(fs().IsDirectory(Path("c/b/h")).value());
  EXPECT_EQ(CodeOf(fs().Remove(Path("f"))), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs().Rename(Path("f"), Path("k"))), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs().List(Path("nowhere"))), Code::kNotFound);
  ASSERT_TRUE(fs().Remove(Path("g")));
  ASSERT_TRUE(fs().RemoveAll(Path("c")));
  ASSERT_TRUE(fs().RemoveAll(Path("c")));
  EXPECT_THAT(fs().List(Path("")).value(), ElementsAre());
  EXPECT_GT(fs().FreeBytes(Path("")).value(), 0U);
}

TEST_P(FileSystemTest, MakesDirectories) {
  EXPECT_EQ(CodeOf(MakeDir(fs(), Path("x/y"))), Code::kNotFound);
  ASSERT_TRUE(MakeDir(fs(), Path("x")));
  ASSERT_TRUE(MakeDir(fs(), Path("x")));
  ASSERT_TRUE(fs().MakeDirs(Path("x/y/z")));
  EXPECT_TRUE(fs().IsDirectory(Path("x/y/z")).value());
  ASSERT_TRUE(fs().WriteFileAtomically(Path("f"), ""));
  EXPECT_EQ(CodeOf(MakeDir(fs(), Path("f"))), Code::kIo);
  EXPECT_EQ(CodeOf(fs().MakeDirs(Path("f"))), Code::kIo);
}

TEST_P(FileSystemTest, LocksExclude) {
  auto first = fs().Lock(Path("lock"));
  ASSERT_TRUE(first);
  auto second = fs().Lock(Path("lock"));
  EXPECT_EQ(CodeOf(second), Code::kConflict);
  first->reset();
  EXPECT_TRUE(fs().Lock(Path("lock")));
}

INSTANTIATE_TEST_SUITE_P(Both, FileSystemTest, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Posix" : "Memory"; });

TEST(PosixFileSystemTest, LockNamesTheHoldingProcess) {
  const std::string path = "/tmp/ticklake-lock-" + Uuid::Random().ToString();
  auto held = PosixFileSystem().Lock(path);
  ASSERT_TRUE(held);
  const pid_t child = fork();
  if (child == 0) {
    const auto refused = PosixFileSystem().Lock(path);
    const std::string holder = "process " + std::to_string(getppid());
    _exit(!refused && refused.error().message.contains(holder) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(PosixFileSystem().Remove(path));
}

TEST(PosixFileSystemTest, FullDiskIsSaid) {
  auto full = PosixFileSystem().Open("/dev/full", OpenMode::kAppend);
  if (!full) GTEST_SKIP() << "no /dev/full here";
  const auto wrote = (*full)->Append("x");
  ASSERT_FALSE(wrote);
  EXPECT_THAT(wrote.error().message, HasSubstr("/dev/full: write: No space left on device"));
}

TEST(PathTest, JoinsAndSplits) {
  EXPECT_EQ(JoinPath("a", "b"), "a/b");
  EXPECT_EQ(JoinPath("a/", "b"), "a/b");
  EXPECT_EQ(JoinPath("a", "/b"), "/b");
  EXPECT_EQ(ParentPath("a/b/"), "a");
  EXPECT_EQ(ParentPath("/a"), "/");
  EXPECT_EQ(ParentPath("a"), ".");
}

TEST(MemoryFileSystemTest, SyncedBytesSurviveAndUnsyncedOnesMayTear) {
  bool lost = false;
  bool kept = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    MemoryFileSystem fs;
    auto file = fs.Open("f", OpenMode::kAppend).value();
    ASSERT_TRUE(file->Append(std::string(1000, 'a')));
    ASSERT_TRUE(file->Sync());
    ASSERT_TRUE(fs.SyncDir("."));
    ASSERT_TRUE(file->Append(std::string(3000, 'b')));
    fs.Crash(seed);
    EXPECT_EQ(CodeOf(file->Size()), Code::kIo);
    const std::string after = fs.ReadFile("f").value();
    ASSERT_EQ(after.substr(0, 1000), std::string(1000, 'a'));
    lost = lost || after != std::string(1000, 'a') + std::string(3000, 'b');
    kept = kept || after.size() == 4000;
  }
  EXPECT_TRUE(lost);
  EXPECT_TRUE(kept);
}

TEST(MemoryFileSystemTest, AtomicWriteIsOldOrNewAfterAnyCrash) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.WriteFileAtomically("f", "old"));
    fs.FailChange(1 + seed % 4);  // open, append, rename, or none of them
    const bool done = fs.WriteFileAtomically("f", "new!").has_value();
    fs.Crash(seed);
    const std::string after = fs.ReadFile("f").value();
    EXPECT_TRUE(after == "new!" || (!done && after == "old")) << after;
  }
}

TEST(MemoryFileSystemTest, NamesNeedSyncDir) {
  int gone = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem fs;
    ASSERT_TRUE(fs.MakeDirs("d"));
    ASSERT_TRUE(fs.Open("d/f", OpenMode::kAppend).value()->Sync());
    fs.Crash(seed);
    gone += fs.Exists("d/f").value() ? 0 : 1;
  }
  EXPECT_GT(gone, 0);
  EXPECT_LT(gone, 20);
}

// What is flushed within a directory is there as soon as the directory is.
TEST(MemoryFileSystemTest, DirectoriesNeedSyncDirOfTheirParent) {
  int gone = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem fs;
    ASSERT_TRUE(MakeDir(fs, "d"));
    ASSERT_TRUE(fs.Open("d/f", OpenMode::kAppend).value()->Sync());
    ASSERT_TRUE(fs.SyncDir("d"));
    const bool flushed = seed % 2 == 0;
    if (flushed) {
      ASSERT_TRUE(fs.SyncDir("."));
    }
    fs.Crash(seed);
    const bool there = fs.Exists("d").value();
    EXPECT_EQ(fs.Exists("d/f").value(), there);
    EXPECT_TRUE(there || !flushed);
    gone += there ? 0 : 1;
  }
  EXPECT_GT(gone, 0);
  EXPECT_LT(gone, 10);
}

TEST(MemoryFileSystemTest, FailedSyncLosesTheBytesForGood) {
  bool lost = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem fs;
    auto file = fs.Open("f", OpenMode::kAppend).value();
    ASSERT_TRUE(fs.SyncDir("."));
    ASSERT_TRUE(file->Append("x"));
    fs.FailSync(1);
    EXPECT_EQ(CodeOf(file->Sync()), Code::kIo);
    EXPECT_TRUE(file->Sync());  // the kernel has forgotten
    fs.Crash(seed);
    lost = lost || fs.ReadFile("f").value() != "x";
  }
  EXPECT_TRUE(lost);
}

TEST(MemoryFileSystemTest, AnyCallFailsOnceOrFromThenOn) {
  for (const auto lasting :
       {MemoryFileSystem::Lasting::kOnce, MemoryFileSystem::Lasting::kFromThenOn}) {
    MemoryFileSystem fs;
    auto file = fs.Open("f", OpenMode::kAppend).value();
    fs.FailCall(2, lasting);
    EXPECT_TRUE(fs.Exists("f"));
    EXPECT_EQ(CodeOf(fs.List(".")), Code::kIo);
    const bool once = lasting == MemoryFileSystem::Lasting::kOnce;
    EXPECT_EQ(file->Append("1234").has_value(), once);
    EXPECT_EQ(file->Size().has_value(), once);
    fs.FailCall(0);
    EXPECT_EQ(file->Size().value(), once ? 4U : 2U);  // a failed append leaves a part
    EXPECT_EQ(fs.counts().failed, once ? 1U : 3U);
  }
}

TEST(MemoryFileSystemTest, ThePowerGoesJustBeforeACall) {
  MemoryFileSystem fs;
  fs.CutPowerAt(3);  // open, append, sync
  auto file = fs.Open("f", OpenMode::kAppend).value();
  EXPECT_TRUE(file->Append("1234"));
  EXPECT_FALSE(file->Sync());
  EXPECT_TRUE(fs.powerless());
  EXPECT_FALSE(fs.Exists("f"));
  fs.Crash(1);
  EXPECT_FALSE(fs.powerless());
  EXPECT_TRUE(fs.Exists("f"));
}

TEST(MemoryFileSystemTest, AKillKeepsThePageCacheAndThePowerDoesNot) {
  bool lost = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem fs;
    auto file = fs.Open("f", OpenMode::kAppend).value();
    auto lock = fs.Lock("lock").value();
    ASSERT_TRUE(file->Append("1234"));
    fs.Kill();
    EXPECT_EQ(CodeOf(file->Size()), Code::kIo);
    EXPECT_TRUE(fs.Lock("lock"));
    EXPECT_EQ(fs.ReadFile("f").value(), "1234");
    fs.Crash(seed);
    const auto after = fs.ReadFile("f");
    lost = lost || !after || *after != "1234";
  }
  EXPECT_TRUE(lost);
}

TEST(MemoryFileSystemTest, ADigestTellsWhatACrashKept) {
  std::map<uint64_t, std::string> kept;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    MemoryFileSystem fs;
    auto file = fs.Open("f", OpenMode::kAppend).value();
    ASSERT_TRUE(fs.SyncDir("."));
    ASSERT_TRUE(file->Append(std::string(100, 'a')));
    ASSERT_TRUE(file->Sync());
    ASSERT_TRUE(file->Append(std::string(700, 'b')));
    const uint64_t digest = fs.Crash(seed);
    // Lengths within a sector count as one: they differ in nothing that matters.
    std::string after = fs.ReadFile("f").value();
    const auto [at, fresh] = kept.emplace(digest, after);
    if (!fresh && at->second.size() == after.size()) {
      EXPECT_EQ(at->second, after);
    }
  }
  EXPECT_GT(kept.size(), 3U);
  EXPECT_LT(kept.size(), 60U);
}

TEST(MemoryFileSystemTest, CountsFlushesThatWereRepeated) {
  MemoryFileSystem fs;
  auto file = fs.Open("f", OpenMode::kAppend).value();
  ASSERT_TRUE(file->Append("1234"));
  fs.FailSync(1);
  EXPECT_FALSE(file->Sync());
  EXPECT_EQ(fs.counts().retried_syncs, 0U);
  EXPECT_TRUE(file->Sync());
  EXPECT_EQ(fs.counts().retried_syncs, 1U);
}

TEST(MemoryFileSystemTest, FillsUp) {
  MemoryFileSystem fs;
  fs.SetQuota(10);
  auto file = fs.Open("f", OpenMode::kAppend).value();
  const auto wrote = file->Append("0123456789ab");
  ASSERT_FALSE(wrote);
  EXPECT_THAT(wrote.error().message, HasSubstr("No space left on device"));
  EXPECT_EQ(file->Size().value(), 10U);
  EXPECT_EQ(fs.FreeBytes(".").value(), 0U);
  EXPECT_THAT(fs.Open("g", OpenMode::kAppend).error().message, HasSubstr("No space left"));
  ASSERT_TRUE(file->Truncate(0));
  EXPECT_TRUE(file->Append("0123"));
}

}  // namespace
}  // namespace ticklake
