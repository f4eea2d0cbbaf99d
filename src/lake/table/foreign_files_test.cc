#include "lake/table/foreign_files.h"

#include <gtest/gtest.h>

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "store/object_store.h"

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

TEST(ForeignFiles, AreRemovedWithTheirTable) {
  const ManualClock clock(1);
  MemoryFileSystem fs;
  catalog::MemoryCatalog catalog(clock);
  const auto store = store::OpenDirectoryStore(fs, "/lake", {"s3://ticklake/"}).value();
  ASSERT_TRUE(catalog.CreateDatabase({.name = "market"}));
  catalog::Table table{.database = "market", .name = "sums"};
  table.storage.location = "s3://ticklake/market/sums-1f2e/";
  ASSERT_TRUE(catalog.CreateTable(table));
  const auto code = [&](const std::string& key) {
    const auto fine = CheckDroppedTableFile(catalog, *store, key);
    return fine ? "" : CodeName(fine.error().code);
  };
  EXPECT_STREQ(code("market/sums-1f2e/data/x"), CodeName(Code::kAuth)) << "it is there";
  EXPECT_STREQ(code("market/sums/data/x"), CodeName(Code::kAuth)) << "of a topic, perhaps";
  EXPECT_STREQ(code("market/sums-1f2e/x"), CodeName(Code::kAuth));
  EXPECT_STREQ(code("market/other-1f2e/data/x"), "");
  ASSERT_TRUE(catalog.DeleteTable("market", "sums"));
  EXPECT_STREQ(code("market/sums-1f2e/data/x"), "");
}

}  // namespace
}  // namespace ticklake::lake
