#include "lake/table/foreign_files.h"

#include <gtest/gtest.h>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

TEST(ForeignFiles, AreMadeBelowADatabase) {
  const ManualClock clock(1);
  catalog::MemoryCatalog catalog(clock);
  ASSERT_TRUE(catalog.CreateDatabase({.name = "market"}));
  const auto code = [&](const std::string& key) {
    const auto fine = CheckNewTableFile(catalog, key);
    return fine ? "" : CodeName(fine.error().code);
  };
  for (const char* key : {"market/trades/data/x.parquet", "market/trades/metadata/x.avro",
                          "market/to_come-1f2e/metadata/00000.metadata.json"}) {
    EXPECT_STREQ(code(key), "") << key;
  }
  for (const char* key : {"market/trades/x", "market/trades", "market", "", "/", "x/trades/data/y",
                          "market//data/x", "/trades/data/x", "market/trades/datax/x"}) {
    EXPECT_STREQ(code(key), CodeName(Code::kAuth)) << key;
  }
}

// A lake with the table market.trades.
class DeletionTest : public testing::Test {
 protected:
  DeletionTest() {
    EXPECT_TRUE(catalog_.CreateDatabase({.name = "market"}));
    const auto made = tables_.Create(TradesTable());
    EXPECT_TRUE(made);
    if (made) first_ = *made;
  }

  const ManualClock clock_{1};
  MemoryFileSystem fs_;
  catalog::MemoryCatalog catalog_{clock_};
  const std::unique_ptr<store::ObjectStore> store_ =
      store::OpenDirectoryStore(fs_, "/lake", {"s3://ticklake/"}).value();
  TableStore tables_{catalog_, *store_, clock_};
  TableState first_;
};

TEST_F(DeletionTest, AreTakenBackUnlessATableNeedsThem) {
  catalog::Table own = catalog_.GetTable("market", "trades").value();
  const std::string needed = store_->KeyOf(own.parameters[catalog::kMetadataLocation]).value();
  own.name = "sums";
  own.storage.location = "s3://ticklake/market/sums-1f2e/";
  ASSERT_TRUE(catalog_.CreateTable(own));
  const auto code = [&](const std::string& key, bool taken) {
    const auto fine = DeletionCheck(tables_).Check(key, taken);
    return fine ? "" : CodeName(fine.error().code);
  };
  const char* const no = CodeName(Code::kAuth);
  EXPECT_STREQ(code(needed, true), no);
  EXPECT_STREQ(code("market/trades/metadata/lost-its-race.avro", true), "");
  EXPECT_STREQ(code("market/trades/metadata/lost-its-race.avro", false), no) << "the sink's?";
  EXPECT_STREQ(code("market/trades/metadata/00000-other.metadata.json", false), "") << "too late";
  EXPECT_STREQ(code("market/trades/metadata/00001-next.metadata.json", false), no);
  EXPECT_STREQ(code("market/trades/metadata/any.metadata.json", false), no);
  EXPECT_STREQ(code("market/sums-1f2e/data/x", false), no);
  EXPECT_STREQ(code("market/none/data/x", true), "");
  EXPECT_STREQ(code("market/none/data/x", false), no) << "of a topic to come, perhaps";
  EXPECT_STREQ(code("market/none-1f2e/data/x", false), "");
  EXPECT_STREQ(code("market/none-1f2e/x", true), no);
  ASSERT_TRUE(catalog_.DeleteTable("market", "sums"));
  EXPECT_STREQ(code("market/sums-1f2e/data/x", false), "");
}

TEST_F(DeletionTest, ARequestOfManyKeysSeesTheCommitThatComesInBetween) {
  DeletionCheck request(tables_);
  const iceberg::DataFile file = PutDataFile(*store_, "theirs", 0, 1);
  const std::string key = store_->KeyOf(file.path).value();
  EXPECT_TRUE(request.Check(key, true)) << "no version needs it yet";
  ASSERT_TRUE(tables_.Commit(first_, {.added = {file}}));
  EXPECT_FALSE(request.Check(key, true)) << "now one does";
}

}  // namespace
}  // namespace ticklake::lake
