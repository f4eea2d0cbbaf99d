// Tables outside the lake, through the catalog's entries.
#include <gmock/gmock.h>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/external/external_tables.h"

namespace ticklake::lake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The lake's own source: knows no table, and tells that it was asked.
class Inner : public TableSource {
 public:
  Result<std::vector<std::string>> Databases() override {
    return std::vector<std::string>{"market"};
  }
  Result<std::vector<std::string>> Tables(const std::string& /*database*/) override {
    return std::vector<std::string>{"t"};
  }
  Result<TableView> View(const std::string& database, const std::string& table,
                         const Patience& /*patience*/) override {
    ++asked;
    return TableView{.database = database, .name = table};
  }
  int asked = 0;
};

class ExternalTest : public ::testing::Test {
 protected:
  ExternalTest() {
    files_ = store::OpenDirectoryStore(fs_, "/").value();
    EXPECT_TRUE(catalog_.CreateDatabase({.name = "market"}));
    source_ = std::make_unique<ExternalTables>(
        ExternalParts{&inner_, &catalog_, files_.get(), &SystemClock(), "file:///lake/"});
  }

  void Put(const std::string& key) { ASSERT_TRUE(files_->Put(key, "x")); }

  static catalog::Table Entry(const std::string& location, bool partitioned) {
    catalog::Table table{.database = "market", .name = "t"};
    hive::Layout layout;
    layout.columns = {{"a", {}, ""}};
    if (partitioned) layout.partition_keys = {{"k", {}, ""}};
    hive::Describe(layout, table);
    table.storage.location = location;
    return table;
  }

  catalog::Partition Part(const std::string& value, const std::string& location) {
    catalog::Partition partition{.values = {value}};
    partition.storage.location = location;
    return partition;
  }

  Result<TableView> View() { return source_->View("market", "t", std::chrono::milliseconds(1)); }

  static std::vector<std::string> Paths(const TableView& view) {
    std::vector<std::string> paths;
    for (const auto& file : view.hive->files) paths.push_back(file.path);
    return paths;
  }

  MemoryFileSystem fs_;
  std::unique_ptr<store::ObjectStore> files_;
  catalog::MemoryCatalog catalog_{SystemClock()};
  Inner inner_;
  std::unique_ptr<ExternalTables> source_;
};

TEST_F(ExternalTest, AsksTheLakeForWhatIsItsOwn) {
  ASSERT_TRUE(View());  // a tail without an entry
  catalog::Table own = Entry("file:///lake/market/t", false);
  own.parameters = {{"table_type", "ICEBERG"},
                    {catalog::kMetadataLocation, "file:///lake/market/t/metadata/1.metadata.json"}};
  ASSERT_TRUE(catalog_.CreateTable(own));
  ASSERT_TRUE(View());
  EXPECT_EQ(inner_.asked, 2);
}

TEST_F(ExternalTest, ListsTheFilesOfALocationAnew) {
  Put("out/a.csv");
  ASSERT_TRUE(catalog_.CreateTable(Entry("file:///out/", false)));
  EXPECT_THAT(Paths(*View()), ElementsAre("file:///out/a.csv"));
  Put("out/b.csv");
  EXPECT_THAT(Paths(*View()), ElementsAre("file:///out/a.csv", "file:///out/b.csv"));
  EXPECT_THAT(View()->directories, ElementsAre("file:///out/"));
  EXPECT_EQ(inner_.asked, 0);
}

TEST_F(ExternalTest, PartitionsLieWhereTheCatalogSays) {
  Put("out/k=1/a.csv");
  Put("out/k=2/never registered.csv");
  Put("far/away/b.csv");
  ASSERT_TRUE(catalog_.CreateTable(Entry("file:///out/", true)));
  ASSERT_TRUE(catalog_.CreatePartitions(
      "market", "t", {Part("1", "file:///out/k=1/"), Part("2", "file:///far/away/")}));
  const TableView view = View().value();
  EXPECT_THAT(Paths(view), ElementsAre("file:///out/k=1/a.csv", "file:///far/away/b.csv"));
  EXPECT_EQ(view.hive->files[1].partition, 1U);
  EXPECT_THAT(view.hive->partitions, ElementsAre(ElementsAre("1"), ElementsAre("2")));
  EXPECT_THAT(view.directories, ElementsAre("file:///out/", "file:///far/away/"));
}

TEST_F(ExternalTest, AFileInTwoPartitionsIsRefused) {
  Put("out/k=1/a.csv");
  ASSERT_TRUE(catalog_.CreateTable(Entry("file:///out/", true)));
  ASSERT_TRUE(catalog_.CreatePartitions(
      "market", "t", {Part("1", "file:///out/k=1/"), Part("2", "file:///out/")}));
  const auto view = View();
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().message, HasSubstr("two of its partitions"));
}

TEST_F(ExternalTest, WhatCannotBeReadIsRefusedByName) {
  catalog::Table orc = Entry("file:///out/", false);
  orc.storage.serde.library = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
  ASSERT_TRUE(catalog_.CreateTable(orc));
  EXPECT_EQ(View().error().code, Code::kUnsupported);
  EXPECT_THAT(View().error().message, HasSubstr("OrcSerde"));
}

}  // namespace
}  // namespace ticklake::lake
