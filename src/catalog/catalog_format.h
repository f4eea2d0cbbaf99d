// The catalog file's format: an SQLite database (docs/iceberg.md, "The catalog file").
#pragma once

namespace ticklake::catalog {

/// SQLite's user_version of our file; raised when an older program would misread it. Files of
/// version 1 (tables had the columns `location` and `columns`, and there were no partitions)
/// are brought to it when they are opened.
inline constexpr int kCatalogVersion = 2;

/// SQLite's application_id, "TkLk": tells our file from any other SQLite database.
inline constexpr int kCatalogApplicationId = 0x546b4c6b;

/// Times are UTC nanoseconds; what is not a plain text or number is JSON (catalog_json.h).
inline constexpr char kCreateDatabases[] = R"sql(
CREATE TABLE databases (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  location_uri TEXT NOT NULL,
  parameters TEXT NOT NULL,
  create_time INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

inline constexpr char kCreateTables[] = R"sql(
CREATE TABLE tables (
  database TEXT NOT NULL REFERENCES databases (name),
  name TEXT NOT NULL,
  table_type TEXT NOT NULL,
  storage TEXT NOT NULL,
  partition_keys TEXT NOT NULL,
  parameters TEXT NOT NULL,
  details TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (database, name)
) WITHOUT ROWID;
CREATE TABLE partitions (
  database TEXT NOT NULL,
  table_name TEXT NOT NULL,
  "values" TEXT NOT NULL,
  storage TEXT NOT NULL,
  parameters TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  PRIMARY KEY (database, table_name, "values"),
  FOREIGN KEY (database, table_name) REFERENCES tables (database, name) ON DELETE CASCADE
) WITHOUT ROWID;
)sql";

/// From version 1 to 2; kCreateTables runs between the two.
inline constexpr char kSetTables1Aside[] = "ALTER TABLE tables RENAME TO tables_1;";
inline constexpr char kTakeTables1Over[] = R"sql(
INSERT INTO tables
SELECT database, name, table_type,
       json_object('columns', json(columns), 'location', location),
       '[]', parameters, '{}', create_time, update_time, version
FROM tables_1;
DROP TABLE tables_1;
)sql";

}  // namespace ticklake::catalog
