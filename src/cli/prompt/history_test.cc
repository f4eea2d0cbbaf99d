#include "cli/prompt/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/memory_fs.h"

namespace ticklake::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(History, EntriesComeBackInTheNextSession) {
  MemoryFileSystem fs;
  {
    History history(fs, "/state/ticklake/h");
    EXPECT_THAT(history.entries(), IsEmpty());
    EXPECT_TRUE(history.Add("SELECT 1;"));
    EXPECT_TRUE(history.Add("SELECT\n  'a\\n\\\\'\nFROM t;\n"));
    EXPECT_FALSE(history.Add("SELECT\n  'a\\n\\\\'\nFROM t;"));  // the same once more
    EXPECT_FALSE(history.Add("  \n"));
    EXPECT_TRUE(history.Add("SELECT 1;"));
  }
  const History next(fs, "/state/ticklake/h");
  EXPECT_THAT(next.entries(),
              ElementsAre("SELECT 1;", "SELECT\n  'a\\n\\\\'\nFROM t;", "SELECT 1;"));
}

TEST(History, IsBoundedInMemoryAndInTheFile) {
  MemoryFileSystem fs;
  History history(fs, "/h", 3);
  for (int i = 0; i < 20; ++i) history.Add(fmt::format("SELECT {};", i));
  EXPECT_THAT(history.entries(), ElementsAre("SELECT 17;", "SELECT 18;", "SELECT 19;"));
  const auto text = fs.ReadFile("/h");
  ASSERT_TRUE(text);
  EXPECT_LE(std::ranges::count(*text, '\n'), 6);
  const History next(fs, "/h", 3);
  EXPECT_THAT(next.entries(), ElementsAre("SELECT 17;", "SELECT 18;", "SELECT 19;"));
}

TEST(History, TwoPromptsShareTheFile) {
  MemoryFileSystem fs;
  History one(fs, "/h", 3);
  History two(fs, "/h", 3);
  for (int i = 0; i < 5; ++i) one.Add(fmt::format("SELECT {};", i));
  two.Add("SHOW TABLES;");
  one.Add("SELECT 5;");
  one.Add("SELECT 6;");  // rewrites the file
  const History next(fs, "/h", 3);
  EXPECT_THAT(next.entries(), ElementsAre("SHOW TABLES;", "SELECT 5;", "SELECT 6;"));
}

TEST(History, OnlyItsOwnerMayReadTheFile) {
  const std::string folder = testing::TempDir() + "/ticklake-history";
  std::filesystem::remove_all(folder);
  const std::string path = folder + "/deep/h";
  History history(PosixFileSystem(), path, 1);
  for (int i = 0; i < 4; ++i) {  // made, then rewritten
    history.Add(fmt::format("SELECT {};", i));
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
  }
  std::filesystem::remove_all(folder);
}

TEST(History, AFileThatCannotBeWrittenCostsNothingElse) {
  History history(PosixFileSystem(), "/proc/nowhere/h");
  EXPECT_TRUE(history.Add("SELECT 1;"));
  EXPECT_THAT(history.entries(), ElementsAre("SELECT 1;"));
  MemoryFileSystem fs;
  History none(fs, "");
  EXPECT_TRUE(none.Add("SELECT 1;"));
}

}  // namespace
}  // namespace ticklake::cli
