// Both implementations through the conformance suite, and what only the SQLite file has.

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

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
  Sql("PRAGMA user_version=4");
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

// A file as the first version of the program left it.
constexpr char kVersion1[] = R"sql(
CREATE TABLE databases (name TEXT PRIMARY KEY, description TEXT NOT NULL,
  location_uri TEXT NOT NULL, parameters TEXT NOT NULL, create_time INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tables (database TEXT NOT NULL REFERENCES databases (name), name TEXT NOT NULL,
  table_type TEXT NOT NULL, location TEXT NOT NULL, columns TEXT NOT NULL,
  parameters TEXT NOT NULL, create_time INTEGER NOT NULL, update_time INTEGER NOT NULL,
  version INTEGER NOT NULL, PRIMARY KEY (database, name)) WITHOUT ROWID;
PRAGMA application_id=1416318059;
PRAGMA user_version=1;
PRAGMA journal_mode=WAL;
INSERT INTO databases VALUES ('market', 'ticks', '', '{}', 7);
INSERT INTO tables VALUES ('market', 'trades', 'EXTERNAL_TABLE', 'file:///l/it''s',
  '[{"name":"price","type":"double","comment":"größe \"q\""}]',
  '{"table_type":"ICEBERG","metadata_location":"file:///m5"}', 11, 12, 5);
)sql";

// And as the second did.
constexpr char kVersion2[] = R"sql(
CREATE TABLE databases (name TEXT PRIMARY KEY, description TEXT NOT NULL,
  location_uri TEXT NOT NULL, parameters TEXT NOT NULL, create_time INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tables (database TEXT NOT NULL REFERENCES databases (name), name TEXT NOT NULL,
  table_type TEXT NOT NULL, storage TEXT NOT NULL, partition_keys TEXT NOT NULL,
  parameters TEXT NOT NULL, details TEXT NOT NULL, create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (database, name)) WITHOUT ROWID;
CREATE TABLE partitions (database TEXT NOT NULL, table_name TEXT NOT NULL, "values" TEXT NOT NULL,
  storage TEXT NOT NULL, parameters TEXT NOT NULL, create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL, PRIMARY KEY (database, table_name, "values"),
  FOREIGN KEY (database, table_name) REFERENCES tables (database, name) ON DELETE CASCADE
) WITHOUT ROWID;
PRAGMA application_id=1416318059;
PRAGMA user_version=2;
PRAGMA journal_mode=WAL;
INSERT INTO databases VALUES ('market', 'ticks', '', '{}', 7);
INSERT INTO tables VALUES ('market', 'bars', 'EXTERNAL_TABLE', '{"location":"file:///b"}',
  '[{"name":"k","type":"string"}]', '{"a":"b"}', '{"owner":"me"}', 11, 12, 5);
INSERT INTO partitions VALUES ('market', 'bars', '["x"]', '{"location":"file:///b/x"}', '{}', 1, 2);
)sql";

TEST_F(SqliteCatalogTest, BringsAFileOfTheSecondFormatToTodays) {
  Sql(kVersion2);
  for (int opened = 0; opened < 2; ++opened) {
    auto catalog = Open();
    ASSERT_TRUE(catalog.has_value()) << catalog.error().message;
    Database database = (*catalog)->GetDatabase("market").value();
    EXPECT_EQ(database.create_time, 7);
    EXPECT_EQ(database.extra, opened == 0 ? "" : R"({"a":1})");
    database.extra = R"({"a":1})";
    EXPECT_TRUE((*catalog)->UpdateDatabase(database).has_value());
    const Table table = (*catalog)->GetTable("market", "bars").value();
    EXPECT_EQ(table.owner, "me");
    EXPECT_EQ(table.version, 5);
    const auto page = (*catalog)->ListPartitions("market", "bars", {}).value();
    ASSERT_EQ(page.partitions.size(), 1U + static_cast<size_t>(opened));
    EXPECT_EQ(page.partitions[0].storage.location, "file:///b/x");
    EXPECT_EQ(page.partitions[0].create_time, 1);
    const FactKey key{"f", "market", "bars", "n"};
    EXPECT_EQ((*catalog)->GetFact(key).has_value(), opened == 1);
    EXPECT_TRUE((*catalog)->PutFact({key, "{}"}, FactWrite::kEither).has_value());
    EXPECT_TRUE((*catalog)->CreatePartitions("market", "bars", {{.values = {"y"}}}).has_value());
  }
}

TEST_F(SqliteCatalogTest, BringsAFileOfTheFirstFormatToTodays) {
  Sql(kVersion1);
  for (int opened = 0; opened < 2; ++opened) {
    auto catalog = Open();
    ASSERT_TRUE(catalog.has_value()) << catalog.error().message;
    EXPECT_EQ((*catalog)->GetDatabase("market")->description, "ticks");
    Table table = (*catalog)->GetTable("market", "trades").value();
    EXPECT_EQ(table.version, 5 + opened);
    EXPECT_EQ(table.create_time, 11);
    EXPECT_EQ(table.storage.location, "file:///l/it's");
    ASSERT_EQ(table.storage.columns.size(), 1U);
    EXPECT_EQ(table.storage.columns[0].comment, "größe \"q\"");
    EXPECT_EQ(table.parameters.at(kMetadataLocation), "file:///m5");
    EXPECT_TRUE((*catalog)->ListPartitions("market", "trades", {})->partitions.empty());
    EXPECT_TRUE((*catalog)->UpdateTable(table).has_value());
  }
  Table bad{.database = "nowhere", .name = "t"};
  EXPECT_EQ(Open().value()->CreateTable(bad).error().code, Code::kNotFound);
}

// Whoever comes first migrates; the others wait for it and see the new format.
TEST_F(SqliteCatalogTest, ManyMayOpenAnOldFileAtOnce) {
  Sql(kVersion1);
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto catalog = Open();
        if (!catalog || !(*catalog)->GetTable("market", "trades")) ++failed;
      });
    }
  }
  EXPECT_EQ(failed, 0);
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

// Reading any page of many partitions costs the page, not the table.
TEST_F(SqliteCatalogTest, HundredThousandPartitions) {
  constexpr int kPartitions = 100'000;
  constexpr int kBatch = 10'000;
  auto catalog = Open().value();
  ASSERT_TRUE(catalog->CreateDatabase({.name = "market"}).has_value());
  Table table{.database = "market", .name = "t", .partition_keys = {{"k", "string", "", {}}}};
  ASSERT_TRUE(catalog->CreateTable(table).has_value());
  for (int start = 0; start < kPartitions; start += kBatch) {
    std::vector<Partition> batch;
    for (int i = start; i < start + kBatch; ++i) {
      Partition& partition = batch.emplace_back();
      partition.values = {fmt::format("{:06}", i)};
      partition.storage.location = fmt::format("file:///t/k={:06}", i);
    }
    ASSERT_TRUE(catalog->CreatePartitions("market", "t", batch)->empty());
  }
  const auto start = std::chrono::steady_clock::now();
  const auto page = catalog->ListPartitions("market", "t", {R"(["099899"])", 100}).value();
  EXPECT_EQ(page.partitions.size(), 100U);
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(page.partitions.back().values, PartitionValues{"099999"});
  EXPECT_EQ(catalog->GetPartition("market", "t", {"050000"})->storage.location,
            "file:///t/k=050000");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
  const auto ends_in_7 = [](const PartitionValues& values) { return values[0].ends_with("7"); };
  const auto odd = catalog->ListPartitions("market", "t", {"", 20'000, ends_in_7}).value();
  EXPECT_EQ(odd.partitions.size(), 10'000U);
  EXPECT_EQ(odd.partitions.front().values, PartitionValues{"000007"});
  EXPECT_EQ(AllPartitions(*catalog, "market", "t")->size(), size_t{kPartitions});
}

}  // namespace
}  // namespace ticklake::catalog
