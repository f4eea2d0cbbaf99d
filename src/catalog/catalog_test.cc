// Both implementations through the conformance suite, and what only the SQLite file has.

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/uuid.h"
#include "catalog/catalog_conformance.h"
#include "catalog/memory_catalog.h"

namespace ticklake::catalog {
namespace {

/// A directory that is removed at the end.
class ScratchDirectory {
 public:
  ScratchDirectory()
      : path_(std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString())) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

CatalogUnderTest Sqlite() {
  auto directory = std::make_shared<ScratchDirectory>();
  auto catalog = OpenSqliteCatalog(directory->File("catalog.db"), SystemClock());
  return {directory, std::move(catalog).value()};
}

CatalogUnderTest Memory() { return {nullptr, std::make_unique<MemoryCatalog>(SystemClock())}; }

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogConformance, ::testing::Values(&Sqlite));
INSTANTIATE_TEST_SUITE_P(Memory, CatalogConformance, ::testing::Values(&Memory));

class SqliteCatalogTest : public ::testing::Test {
 protected:
  void Sql(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  auto Open() { return OpenSqliteCatalog(path_, SystemClock()); }

  ScratchDirectory directory_;
  std::string path_ = directory_.File("catalog.db");
};

TEST_F(SqliteCatalogTest, IsStillThereAfterReopening) {
  ASSERT_TRUE(Open().value()->CreateDatabase({.name = "market"}).has_value());
  auto again = Open().value();
  ASSERT_TRUE(again->CreateTable({.database = "market", .name = "t"}).has_value());
  EXPECT_EQ(Open().value()->GetTable("market", "t").value().version, 1);
}

TEST_F(SqliteCatalogTest, RefusesANewerFormatAndForeignFiles) {
  ASSERT_TRUE(Open().has_value());
  Sql("PRAGMA user_version=2");
  EXPECT_EQ(Open().error().code, Code::kUnsupported);
  path_ = directory_.File("other.db");
  Sql("CREATE TABLE t (x)");
  EXPECT_EQ(Open().error().code, Code::kCorrupt);
  path_ = directory_.File("garbage.db");
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_EQ(Open().error().code, Code::kCorrupt);
  path_ = directory_.File("no/such/directory.db");
  EXPECT_EQ(Open().error().code, Code::kIo);
}

// Runs in a child process: wins `wins` swaps and tells by its exit status.
int SwapInAnotherProcess(const std::string& path, int wins) {
  auto catalog = OpenSqliteCatalog(path, SystemClock());
  if (!catalog) return 1;
  while (wins > 0) {
    auto table = (*catalog)->GetTable("market", "t");
    if (!table) return 2;
    auto updated = (*catalog)->UpdateTable(*table);
    if (updated) {
      --wins;
    } else if (updated.error().code != Code::kConflict) {
      return 3;
    }
  }
  return 0;
}

TEST_F(SqliteCatalogTest, ProcessesShareTheFile) {
  {
    auto catalog = Open().value();
    ASSERT_TRUE(catalog->CreateDatabase({.name = "market"}).has_value());
    ASSERT_TRUE(catalog->CreateTable({.database = "market", .name = "t"}).has_value());
  }
  constexpr int kProcesses = 3;
  constexpr int kWinsEach = 10;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(SwapInAnotherProcess(path_, kWinsEach));
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const Table table = Open().value()->GetTable("market", "t").value();
  EXPECT_EQ(table.version, 1 + kProcesses * kWinsEach);
}

}  // namespace
}  // namespace ticklake::catalog
