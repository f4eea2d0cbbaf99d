#include "catalog/sqlite_file.h"

#include "base/sqlite_file.h"
#include "catalog/catalog_format.h"

namespace ticklake::catalog {

Result<SqliteConnection> OpenCatalogFile(const std::string& path, const Clock& clock) {
  const SqliteFormat format{
      .name = "catalog file",
      .application_id = kCatalogApplicationId,
      .version = kCatalogVersion,
      .create = std::string(kCreateDatabases) + kCreateTables + kCreateFacts,
      .migrations = {std::string(kSetTables1Aside) + kCreateTables2 + kTakeTables1Over,
                     std::string(kExtendTables2) + kCreateFacts}};
  TL_ASSIGN(SqliteConnection db, OpenSqliteFile(format, path, clock));
  TL_TRY(Execute(db.get(), "PRAGMA foreign_keys=ON"));
  return db;
}

}  // namespace ticklake::catalog
