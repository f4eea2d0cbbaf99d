// Tables outside the lake, through the catalog's entries.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/memory_fs.h"
#include "base/uuid.h"
#include "catalog/memory_catalog.h"
#include "lake/external/external_tables.h"
#include "lake/table/table_fixture.h"
#include "store/buckets/bucket_object_store.h"

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
    lake_ = store::OpenDirectoryStore(fs_, "/lake").value();
    places_ = std::make_unique<store::StoreSet>(
        std::vector<store::ObjectStore*>{lake_.get(), files_.get()});
    source_ = std::make_unique<ExternalTables>(
        ExternalParts{&inner_, &catalog_, places_.get(), &SystemClock(), lake_.get()});
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
  std::unique_ptr<store::ObjectStore> lake_;
  std::unique_ptr<store::StoreSet> places_;
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

/// The same with buckets, on the real disk.
class BucketTablesTest : public ExternalTest {
 protected:
  BucketTablesTest() {
    EXPECT_TRUE(buckets_->CreateBucket({.name = "b"}));
    bucket_ = OpenBucket("b").value();
    places_ = std::make_unique<store::StoreSet>(
        std::vector<store::ObjectStore*>{lake_.get(), files_.get()},
        [this](const std::string& name) { return OpenBucket(name); });
    source_ = std::make_unique<ExternalTables>(
        ExternalParts{&inner_, &catalog_, places_.get(), &SystemClock(), lake_.get()});
  }
  ~BucketTablesTest() override {
    source_.reset();
    places_.reset();
    bucket_.reset();
    cache_.reset();
    buckets_.reset();
    std::filesystem::remove_all(path_);
  }

  Result<std::unique_ptr<store::ObjectStore>> OpenBucket(const std::string& name) {
    return store::OpenBucketAsStore(*buckets_, name, cache_.get());
  }
  /// What the files of a view hold; each lies in one of the view's directories.
  static std::vector<std::string> Bytes(const TableView& view,
                                        const std::vector<std::string>& uris) {
    std::vector<std::string> bytes;
    for (const std::string& uri : uris) {
      EXPECT_TRUE(std::ranges::any_of(view.directories, [&](const std::string& directory) {
        return uri.starts_with(directory + "/");
      })) << uri;
      bytes.push_back(PosixFileSystem().ReadFile(store::PlainUri(uri)).value_or("none"));
    }
    return bytes;
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("tl-" + Uuid::Random().ToString());
  std::unique_ptr<store::BucketStore> buckets_ =
      store::OpenBucketStore(PosixFileSystem(), (path_ / "buckets").string(), SystemClock())
          .value();
  std::unique_ptr<store::ReadCache> cache_ =
      store::ReadCache::Open(PosixFileSystem(), (path_ / "cache").string(), 1 << 20).value();
  std::unique_ptr<store::ObjectStore> bucket_;
};

TEST_F(BucketTablesTest, FilesOfABucketAreLocalOnes) {
  const std::string large(50'000, 'x');
  ASSERT_TRUE(bucket_->Put("t/a.csv", "small"));
  ASSERT_TRUE(bucket_->Put("t/b.csv", large));
  ASSERT_TRUE(bucket_->Put("t/_SUCCESS", "hidden"));
  ASSERT_TRUE(bucket_->Put("tt/c.csv", "of another table"));
  for (const char* location : {"s3://b/t", "s3a://b/t/", "s3n://b/t"}) {
    ASSERT_TRUE(catalog_.CreateTable(Entry(location, false)));
    TableView view = View().value();
    EXPECT_THAT(Bytes(view, Paths(view)), ElementsAre("small", large)) << location;
    // A query goes on with what it began with.
    ASSERT_TRUE(bucket_->Put("t/a.csv", "other"));
    ASSERT_TRUE(bucket_->Delete("t/b.csv"));
    EXPECT_THAT(Bytes(view, Paths(view)), ElementsAre("small", large));
    EXPECT_EQ(View()->hive->files.size(), 1U);
    ASSERT_TRUE(bucket_->Put("t/a.csv", "small"));
    ASSERT_TRUE(bucket_->Put("t/b.csv", large));
    ASSERT_TRUE(catalog_.DeleteTable("market", "t"));
  }
  ASSERT_TRUE(catalog_.CreateTable(Entry("s3://b", false)));
  EXPECT_EQ(View()->hive->files.size(), 3U) << "a whole bucket";
}

TEST_F(BucketTablesTest, PartitionsMayLieInSeveralPlaces) {
  ASSERT_TRUE(buckets_->CreateBucket({.name = "c"}));
  ASSERT_TRUE(bucket_->Put("t/k=1/a.csv", "1"));
  ASSERT_TRUE(OpenBucket("c").value()->Put("b.csv", "2"));
  Put("out/c.csv");
  ASSERT_TRUE(catalog_.CreateTable(Entry("s3://b/t/", true)));
  ASSERT_TRUE(catalog_.CreatePartitions(
      "market", "t", {Part("1", "s3a://b/t/k=1"), Part("2", "s3://c"), Part("3", "file:///out/")}));
  const TableView view = View().value();
  const auto paths = Paths(view);
  ASSERT_EQ(paths.size(), 3U);
  EXPECT_THAT(Bytes(view, {paths[0], paths[1]}), ElementsAre("1", "2"));
  EXPECT_EQ(paths[2], "file:///out/c.csv");
  EXPECT_THAT(view.directories, testing::Contains("file:///out/"));
  ASSERT_TRUE(catalog_.CreatePartitions("market", "t", {Part("4", "s3://none/x")}));
  EXPECT_EQ(View().error().code, Code::kNotFound);
  EXPECT_THAT(View().error().message, HasSubstr("table 'market.t': bucket 'none'"));
}

TEST_F(BucketTablesTest, IcebergTablesOfABucketAreRead) {
  TableStore tables(catalog_, *bucket_, SystemClock());
  TableState state = tables.Create(TradesTable()).value();
  TableChange change;
  change.added = {PutDataFile(*bucket_, "one.parquet", 3, 10)};
  state = tables.Commit(state, change).value();
  const auto view = source_->View("market", "trades", std::chrono::milliseconds(1)).value();
  ASSERT_EQ(view.files.size(), 1U);
  EXPECT_THAT(Bytes(view, {view.files[0].path}), ElementsAre("data of one.parquet"));
  EXPECT_EQ(view.schema.fields.size(), 3U);
  // Whoever may write to the bucket may not read the machine's files with it.
  change.added = {PutDataFile(*bucket_, "two.parquet", 3, 10)};
  change.added[0].path = "file:///etc/passwd";
  ASSERT_TRUE(tables.Commit(state, change));
  const auto refused = source_->View("market", "trades", std::chrono::milliseconds(1));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("file:///etc/passwd"));
}

}  // namespace
}  // namespace ticklake::lake
