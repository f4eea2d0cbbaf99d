// A table seen under another root: it loads there, a commit made there is one here, and both go on.

#include "lake/table/relocated_files.h"

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

constexpr char kOtherRoot[] = "s3://ticklake/";

// One side: a store, whose root both sides know by its alias, and a catalog.
struct Side {
  explicit Side(const std::string& directory) {
    store = store::OpenDirectoryStore(fs, directory, {kOtherRoot}).value();
    EXPECT_TRUE(catalog.CreateDatabase({.name = "market"}).has_value());
    tables = std::make_unique<TableStore>(catalog, *store, clock);
  }

  TableState Append(const std::string& name) {
    clock.Advance(kNanosPerSecond);
    const TableState base = tables->Load("market", "trades").value();
    TableChange change;
    change.added = {PutDataFile(*store, name, 20'000, 10)};
    change.added[0].path = base.metadata->location + "/data/" + name;
    change.summary = {{"note", name}};
    return tables->Commit(base, change).value();
  }
  std::set<std::string> LiveKeys() {
    std::set<std::string> keys;
    const auto files = tables->LiveFiles(tables->Load("market", "trades").value()).value();
    for (const auto& file : files) {
      keys.insert(store->KeyOf(file.path).value());
    }
    return keys;
  }

  ManualClock clock{1'700'000'000 * kNanosPerSecond};
  MemoryFileSystem fs;
  catalog::MemoryCatalog catalog{clock};
  std::unique_ptr<store::ObjectStore> store;
  std::unique_ptr<TableStore> tables;
};

class RelocatedFilesTest : public ::testing::Test {
 protected:
  // What a client does that copies all it sees, and knows the table by the catalog.
  void ShowThere() {
    RelocatedFiles view(*here_.store, kOtherRoot);
    const auto objects = here_.store->List("").value();
    for (const auto& object : objects) {
      const auto bytes = view.Get(object.key).value();
      EXPECT_EQ(view.LengthOf(object.key).value(), static_cast<int64_t>(bytes->size()));
      ASSERT_TRUE(there_.store->Put(object.key, *bytes).has_value());
    }
    catalog::Table entry = here_.catalog.GetTable("market", "trades").value();
    std::string& metadata = entry.parameters[catalog::kMetadataLocation];
    metadata = there_.store->Aliases()[0] + here_.store->KeyOf(metadata).value();
    ASSERT_TRUE(there_.catalog.CreateTable(entry).has_value());
  }

  // What the client's commit leaves here: its files as it wrote them, and the new location.
  void BringBack() {
    const auto objects = there_.store->List("").value();
    for (const auto& object : objects) {
      (void)here_.store->PutIfAbsent(object.key, there_.store->Get(object.key).value());
    }
    catalog::Table entry = here_.catalog.GetTable("market", "trades").value();
    entry.parameters[catalog::kMetadataLocation] =
        there_.catalog.GetTable("market", "trades")->parameters.at(catalog::kMetadataLocation);
    ASSERT_TRUE(here_.catalog.UpdateTable(entry).has_value());
  }

  Side here_{"/data/lake"};
  Side there_{"/elsewhere"};
};

TEST_F(RelocatedFilesTest, ATableLoadsUnderItsOtherRoot) {
  ASSERT_TRUE(here_.tables->Create(TradesTable()).has_value());
  for (const char* name : {"a", "b", "c"}) here_.Append(name);
  ShowThere();
  const TableState state = there_.tables->Load("market", "trades").value();
  EXPECT_EQ(state.metadata->location, "s3://ticklake/market/trades");
  std::set<std::string> paths;
  for (const char* name : {"a", "b", "c"}) {
    paths.insert(std::string("s3://ticklake/market/trades/data/") + name);
  }
  EXPECT_EQ(PathsOf(there_.tables->LiveFiles(state).value()), paths);
  CheckAllObjectsAreThere(*there_.tables, state);
}

TEST_F(RelocatedFilesTest, ListsTellTheLengthsThatTheirManifestsHave) {
  ASSERT_TRUE(here_.tables->Create(TradesTable()).has_value());
  here_.Append("a");
  const TableState state = here_.Append("b");
  RelocatedFiles view(*here_.store, kOtherRoot);
  const auto list =
      view.Get(here_.store->KeyOf(state.metadata->snapshots.back().manifest_list).value());
  const auto manifests = iceberg::ReadManifestList(**list).value();
  ASSERT_FALSE(manifests.empty());
  for (const auto& manifest : manifests) {
    ASSERT_TRUE(manifest.path.starts_with(kOtherRoot)) << manifest.path;
    const std::string key = manifest.path.substr(std::string(kOtherRoot).size());
    EXPECT_EQ(manifest.length, static_cast<int64_t>(view.Get(key).value()->size()));
  }
}

TEST_F(RelocatedFilesTest, BothSidesGoOnWithEachOthersCommits) {
  ASSERT_TRUE(here_.tables->Create(TradesTable()).has_value());
  here_.Append("a");
  ShowThere();
  there_.Append("b");
  BringBack();
  here_.Append("c");
  const std::set<std::string> all = {"market/trades/data/a", "market/trades/data/b",
                                     "market/trades/data/c"};
  EXPECT_EQ(here_.LiveKeys(), all);
  CheckAllObjectsAreThere(*here_.tables, here_.tables->Load("market", "trades").value());
}

TEST_F(RelocatedFilesTest, OnlyMetadataFilesAreRewritten) {
  EXPECT_TRUE(RelocatedFiles::Rewrites("m/t/metadata/0.metadata.json"));
  EXPECT_TRUE(RelocatedFiles::Rewrites("m/t/metadata/snap-1.avro"));
  EXPECT_FALSE(RelocatedFiles::Rewrites("m/t/data/x.avro"));
  EXPECT_FALSE(RelocatedFiles::Rewrites("m/t/metadata/stats.puffin"));
  EXPECT_FALSE(RelocatedFiles::Rewrites("m/t/metadata/0.gz.metadata.json"));
  RelocatedFiles view(*here_.store, kOtherRoot);
  ASSERT_TRUE(here_.store->Put("m/t/data/x", "file:///data/lake/").has_value());
  EXPECT_EQ(**view.Get("m/t/data/x"), "file:///data/lake/");
  EXPECT_EQ(view.Get("m/t/metadata/x.avro").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace ticklake::lake
