// The second wall: what DuckDB itself refuses, should a text ever get past the gate.
#include "query/instance.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "query/query_catalog.h"

namespace ticklake::query {
namespace {

class InstanceTest : public testing::Test {
 protected:
  InstanceTest() {
    std::filesystem::create_directories(folder_ + "/lake");
    std::ofstream(folder_ + "/secret.csv") << "a\n1\n";
    instance_ = Instance::Open(
                    {.threads = 1, .lake_root = folder_ + "/lake", .temp_dir = folder_ + "/temp"})
                    .value();
  }
  ~InstanceTest() override {
    instance_.reset();
    std::filesystem::remove_all(folder_);
  }

  const std::string folder_ = testing::TempDir() + "/ticklake-instance-" +
                              testing::UnitTest::GetInstance()->current_test_info()->name();
  std::shared_ptr<Instance> instance_;
};

TEST_F(InstanceTest, TheCatalogOfAnInterruptedQueryGoes) {
  auto connection = instance_->Connect().value();
  for (uint64_t id = 1; id <= 10; ++id) {
    std::jthread interrupter;  // as the watchdog: again and again, until the catalog is gone
    QueryCatalog catalog(connection, *instance_, id);
    ASSERT_TRUE(catalog.Open());
    interrupter = std::jthread([&connection](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        connection.Interrupt();
      }
    });
    auto rows =
        connection.Stream("SELECT count(*) FROM range(100000000000) t WHERE sqrt(range) < 0");
    EXPECT_TRUE(!rows || !rows->Next());
  }
  const auto left = connection.Ask(
      "SELECT count(*)::VARCHAR FROM duckdb_databases() WHERE starts_with(database_name, $1)",
      "__ticklake_query_");
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_EQ(*left, "0");
}

TEST_F(InstanceTest, NothingOutsideTheLakeOpens) {
  auto connection = instance_->Connect().value();
  const std::string secret = QuoteText(folder_ + "/secret.csv");
  for (const std::string& sql : std::vector<std::string>{
           "FROM read_csv(" + secret + ")",
           "FROM read_text(" + secret + ")",
           "FROM read_blob('/etc/passwd')",
           "FROM glob('/etc/*')",
           "FROM " + secret,
           "FROM read_csv(" + QuoteText(folder_ + "/lake/../secret.csv") + ")",
           "FROM read_csv(" + QuoteText(folder_ + "/lakeside/x.csv") + ")",
           "FROM read_csv('https://127.0.0.1:1/x.csv')",
           "COPY (SELECT 1) TO " + QuoteText(folder_ + "/out.csv"),
           "ATTACH " + QuoteText(folder_ + "/out.db"),
           "EXPORT DATABASE " + QuoteText(folder_ + "/out"),
       }) {
    EXPECT_FALSE(connection.Execute(sql)) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/out.csv"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/out.db"));
}

TEST_F(InstanceTest, NoExtensionAndNoSettingChanges) {
  auto connection = instance_->Connect().value();
  for (const std::string& sql : std::vector<std::string>{
           "INSTALL httpfs",
           "LOAD httpfs",
           "LOAD '/tmp/x.duckdb_extension'",
           "SET enable_external_access = true",
           "SET GLOBAL allowed_directories = ['/']",
           "RESET allowed_directories",
           "SET memory_limit = '100GB'",
           "SET threads = 100",
           "SET temp_directory = '/tmp'",
           "SET autoload_known_extensions = true",
           "SET lock_configuration = false",
           "SET TimeZone = 'Asia/Tokyo'",
           "PRAGMA enable_profiling = 'json'",
       }) {
    EXPECT_FALSE(connection.Execute(sql)) << sql;
  }
}

// DuckDB remembers every file it ever read; commits every few seconds must not add up.
TEST_F(InstanceTest, FilesThatComeAndGoMakeItStale) {
  lake::TableView view;
  auto& files = view.files;
  files.resize(100);
  for (int round = 0; round < 14; ++round) {
    for (size_t i = 0; i < files.size(); ++i) files[i].path = fmt::format("{}-{}", round, i);
    EXPECT_FALSE(instance_->Stale());
    for (int again = 0; again < 20; ++again) instance_->NoteFiles(view);
  }
  EXPECT_FALSE(instance_->Stale());
  files[0].path = "one too many";
  instance_->NoteFiles(view);
  EXPECT_TRUE(instance_->Stale());
}

TEST_F(InstanceTest, ManyFilesAtOnceAreNoReason) {
  lake::TableView view;
  auto& files = view.files;
  files.resize(5'000);
  for (size_t i = 0; i < files.size(); ++i) files[i].path = std::to_string(i);
  instance_->NoteFiles(view);
  EXPECT_FALSE(instance_->Stale());
}

}  // namespace
}  // namespace ticklake::query
