// Opening an SQLite file of a format of ours: made, checked, or brought to today's version.
//
// The file says by application_id whose it is and by user_version how new. Threading: several
// processes may open it at once; the first one makes it.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/sqlite.h"

namespace ticklake {

struct SqliteFormat {
  const char* name;    ///< for messages: "catalog file"
  int application_id;  ///< tells the file from any other SQLite database
  int version;         ///< raised when an older program would misread it
  std::string create;  ///< SQL that makes the tables
  /// SQL that brings version 1 to 2, 2 to 3 …, up to `version`.
  std::vector<std::string> migrations;
};

/// WAL, synchronous=FULL. kUnsupported: a newer format; kCorrupt: something else's file.
Result<SqliteConnection> OpenSqliteFile(const SqliteFormat& format, const std::string& path,
                                        const Clock& clock);

}  // namespace ticklake
