// Catalog: databases and tables in Glue's model, with a compare-and-set on a table.
//
// Names are lower case (engines are case-insensitive). An Iceberg table is a Table whose
// parameters hold table_type=ICEBERG and metadata_location, as Glue has it.
// Threading: safe from any thread and, with the SQLite store, from several processes of one
// host. Invariants: UpdateTable changes a table only if its version is the expected one.
// Does not: read table metadata, crawl, or keep statistics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake::catalog {

struct Database {
  std::string name;
  std::string description;
  std::string location_uri;
  std::map<std::string, std::string> parameters;
  Nanos create_time = 0;
};

struct Column {
  std::string name;
  std::string type;  ///< Hive's spelling: bigint, struct<a:string>, timestamp
  std::string comment;
};

struct Table {
  std::string database;
  std::string name;
  std::string table_type = "EXTERNAL_TABLE";
  std::string location;
  std::vector<Column> columns;
  std::map<std::string, std::string> parameters;
  Nanos create_time = 0;
  Nanos update_time = 0;
  int64_t version = 0;  ///< rises by one with every update; 0: not stored yet
};

inline constexpr char kMetadataLocation[] = "metadata_location";
inline constexpr char kPreviousMetadataLocation[] = "previous_metadata_location";

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual Result<void> CreateDatabase(const Database& database) = 0;  ///< kAlreadyExists
  virtual Result<Database> GetDatabase(const std::string& name) = 0;
  virtual Result<std::vector<Database>> ListDatabases() = 0;
  virtual Result<void> DeleteDatabase(const std::string& name) = 0;  ///< kConflict if not empty

  /// Stores a new table (version becomes 1); kAlreadyExists, or kNotFound for its database.
  virtual Result<void> CreateTable(const Table& table) = 0;
  virtual Result<Table> GetTable(const std::string& database, const std::string& name) = 0;
  virtual Result<std::vector<Table>> ListTables(const std::string& database) = 0;
  /// Replaces the stored table if its version still equals table.version, and raises it.
  /// kConflict: it does not. kOutcomeUnknown: the store failed in the middle.
  virtual Result<void> UpdateTable(const Table& table) = 0;
  virtual Result<void> DeleteTable(const std::string& database, const std::string& name) = 0;
};

/// The SQLite store: one file, WAL, shared by processes of one host, synchronous=FULL.
/// Refuses a file of a newer format version with advice (kUnsupported).
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, const Clock& clock);

}  // namespace ticklake::catalog
