// The catalog file's format: an SQLite database (docs/iceberg.md, "The catalog file").
#pragma once

namespace ticklake::catalog {

/// SQLite's user_version of our file; raised when an older program would misread it. Older files
/// are brought to it when they are opened: those of version 1 (tables had the columns `location`
/// and `columns`, and there were no partitions), and of version 2 (databases and partitions had no
/// `details`, tables no `partitions_version`, and there were no facts).
inline constexpr int kCatalogVersion = 3;

/// SQLite's application_id, "TkLk": tells our file from any other SQLite database.
inline constexpr int kCatalogApplicationId = 0x546b4c6b;

/// Times are UTC nanoseconds; what is not a plain text or number is JSON (catalog_json.h).
inline constexpr char kCreateDatabases[] = R"sql(
CREATE TABLE databases (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  location_uri TEXT NOT NULL,
  parameters TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  details TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
)sql";

/// partitions_version rises with every change of the table's partitions.
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
  partitions_version INTEGER NOT NULL DEFAULT 0,
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
  details TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (database, table_name, "values"),
  FOREIGN KEY (database, table_name) REFERENCES tables (database, name) ON DELETE CASCADE
) WITHOUT ROWID;
)sql";

inline constexpr char kCreateFacts[] = R"sql(
CREATE TABLE facts (
  kind TEXT NOT NULL,
  database TEXT NOT NULL,
  table_name TEXT NOT NULL,
  name TEXT NOT NULL,
  json TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  PRIMARY KEY (database, table_name, kind, name)
) WITHOUT ROWID;
)sql";

/// From version 1 to 2, in this order.
inline constexpr char kSetTables1Aside[] = "ALTER TABLE tables RENAME TO tables_1;";
inline constexpr char kCreateTables2[] = R"sql(
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
inline constexpr char kTakeTables1Over[] = R"sql(
INSERT INTO tables
SELECT database, name, table_type,
       json_object('columns', json(columns), 'location', location),
       '[]', parameters, '{}', create_time, update_time, version
FROM tables_1;
DROP TABLE tables_1;
)sql";

/// From version 2 to 3; then kCreateFacts.
inline constexpr char kExtendTables2[] = R"sql(
ALTER TABLE tables ADD COLUMN partitions_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partitions ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE databases ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
)sql";

}  // namespace ticklake::catalog
