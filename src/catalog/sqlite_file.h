// Opening the catalog's SQLite file: made, checked, or brought to today's format.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/sqlite.h"

namespace ticklake::catalog {

/// As OpenSqliteFile (base/sqlite_file.h).
Result<SqliteConnection> OpenCatalogFile(const std::string& path, const Clock& clock);

}  // namespace ticklake::catalog
