// Opening the catalog's SQLite file: made, checked, or brought to today's format.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/sqlite.h"

namespace ticklake::catalog {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using SqliteConnection = std::unique_ptr<sqlite3, CloseSqlite>;

/// WAL, synchronous=FULL. kUnsupported: a newer format; kCorrupt: something else's file.
Result<SqliteConnection> OpenCatalogFile(const std::string& path, const Clock& clock);

}  // namespace ticklake::catalog
