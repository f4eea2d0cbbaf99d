// The catalog file's format: an SQLite database (docs/iceberg.md, "The catalog file").
#pragma once

namespace ticklake::catalog {

/// SQLite's user_version of our file; raised when an older program would misread it.
inline constexpr int kCatalogVersion = 1;

/// SQLite's application_id, "TkLk": tells our file from any other SQLite database.
inline constexpr int kCatalogApplicationId = 0x546b4c6b;

/// Times are UTC nanoseconds; columns and parameters are JSON.
inline constexpr char kCreateCatalog[] = R"sql(
CREATE TABLE databases (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  location_uri TEXT NOT NULL,
  parameters TEXT NOT NULL,
  create_time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tables (
  database TEXT NOT NULL REFERENCES databases (name),
  name TEXT NOT NULL,
  table_type TEXT NOT NULL,
  location TEXT NOT NULL,
  columns TEXT NOT NULL,
  parameters TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (database, name)
) WITHOUT ROWID;
)sql";

}  // namespace ticklake::catalog
