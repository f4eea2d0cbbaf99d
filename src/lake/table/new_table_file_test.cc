#include "lake/table/new_table_file.h"

#include "base/memory_fs.h"
#include "catalog/memory_catalog.h"
#include "lake/table/table_fixture.h"

namespace ticklake::lake {
namespace {

TEST(NewTableFile, OnlyBelowARegisteredTable) {
  const ManualClock clock(1);
  MemoryFileSystem fs;
  catalog::MemoryCatalog catalog(clock);
  const auto store = store::OpenDirectoryStore(fs, "/lake", {"s3://ticklake/"}).value();
  TableStore tables(catalog, *store, clock);
  ASSERT_TRUE(catalog.CreateDatabase({.name = "market"}));
  ASSERT_TRUE(tables.Create(TradesTable()));
  catalog::Table elsewhere{.database = "market", .name = "elsewhere"};
  elsewhere.storage.location = "s3://ticklake/market/other";
  elsewhere.parameters[catalog::kMetadataLocation] = "x";
  ASSERT_TRUE(catalog.CreateTable(elsewhere));

  const auto code = [&](const std::string& key) {
    const auto fine = CheckNewTableFile(catalog, *store, key);
    return fine ? "" : CodeName(fine.error().code);
  };
  EXPECT_STREQ(code("market/trades/data/x.parquet"), "");
  EXPECT_STREQ(code("market/trades/metadata/x.avro"), "");
  for (const char* key : {"market/trades/x", "market/trades", "market", "", "/", "x/trades/data/y",
                          "market/none/data/x", "market/elsewhere/data/x"}) {
    EXPECT_STREQ(code(key), CodeName(Code::kAuth)) << key;
  }
  // A client's commit leaves the location in its own spelling.
  auto entry = catalog.GetTable("market", "trades").value();
  entry.storage.location = "s3://ticklake/market/trades";
  ASSERT_TRUE(catalog.UpdateTable(entry));
  EXPECT_STREQ(code("market/trades/data/x.parquet"), "");
}

}  // namespace
}  // namespace ticklake::lake
