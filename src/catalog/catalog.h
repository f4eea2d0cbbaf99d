// Catalog: databases and tables in Glue's model, with a compare-and-set on a table.
//
// Names are lower case (engines are case-insensitive). An Iceberg table is a Table whose
// parameters hold table_type=ICEBERG and metadata_location, as Glue has it; any other is a Hive
// table: files below its location, or below those of its partitions.
// Threading: safe from any thread and, with the SQLite store, from several processes of one
// host. Invariants: UpdateTable changes a table only if its version is the expected one; a
// partition's values are unique in its table, and it goes with the table; so do facts.
// Does not: read table metadata, crawl, or look into facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake::catalog {

using Parameters = std::map<std::string, std::string>;

struct Database {
  std::string name;
  std::string description;
  std::string location_uri;
  Parameters parameters;
  Nanos create_time = 0;
  std::string extra = {};  ///< members of Glue's without a place here, a JSON object; "": none
};

struct Column {
  std::string name;
  std::string type;  ///< Hive's spelling: bigint, struct<a:string>, timestamp
  std::string comment;
  Parameters parameters;

  bool operator==(const Column& other) const = default;
};

/// How rows become bytes, by the name of a Java class that Hive would load.
struct Serde {
  std::string name;
  std::string library;  ///< org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe
  Parameters parameters;

  bool operator==(const Serde& other) const = default;
};

struct SortColumn {
  std::string column;
  bool ascending = true;

  bool operator==(const SortColumn& other) const = default;
};

/// Glue's StorageDescriptor: where the data of a table or partition is, and in what form. What a
/// partition's leaves empty is that of its table.
struct StorageDescriptor {
  std::vector<Column> columns;
  std::string location;      ///< a URI, "" if there is none
  std::string input_format;  ///< a Java class, as serde.library
  std::string output_format;
  bool compressed = false;
  int32_t buckets = 0;  ///< Glue's NumberOfBuckets; crawlers write -1
  Serde serde;
  std::vector<std::string> bucket_columns;
  std::vector<SortColumn> sort_columns;
  Parameters parameters;
  bool stored_as_sub_directories = false;
  std::string extra = {};  ///< as Database::extra

  bool operator==(const StorageDescriptor& other) const = default;
};

struct Table {
  std::string database;
  std::string name;
  std::string description;
  std::string owner;
  std::string table_type = "EXTERNAL_TABLE";
  int32_t retention = 0;
  StorageDescriptor storage;
  std::vector<Column> partition_keys;
  std::string view_original_text;
  std::string view_expanded_text;
  Parameters parameters;
  Nanos create_time = 0;
  Nanos update_time = 0;
  int64_t version = 0;     ///< rises by one with every update; 0: not stored yet
  std::string extra = {};  ///< as Database::extra
};

using PartitionValues = std::vector<std::string>;  ///< one for each of the table's partition keys

struct Partition {
  PartitionValues values;
  StorageDescriptor storage;
  Parameters parameters;
  Nanos create_time = 0;
  Nanos update_time = 0;
  std::string extra = {};  ///< as Database::extra
};

/// One item of a batch that could not be done; the others were.
struct PartitionError {
  PartitionValues values;
  Error error;
};

struct PartitionUpdate {
  PartitionValues values;  ///< as they are stored
  Partition partition;     ///< what to store; other values rename it
};

struct PartitionPage {
  std::vector<Partition> partitions;  ///< in an order of the store's own that never changes
  std::string next;                   ///< where the next page begins; "" after the last
};

struct PageRequest {
  std::string after;    ///< PartitionPage::next of the page before; "" for the first
  size_t limit = 1000;  ///< items at most
  /// Only partitions of which it is true; it must be quick, and must not call the catalog.
  std::function<bool(const PartitionValues&)> filter = {};
};

/// What names a fact.
struct FactKey {
  std::string kind;      ///< "function", "crawler" …
  std::string database;  ///< whose it is, and with which it goes; "": the catalog's own
  std::string table;     ///< likewise; "": its database's
  std::string name;
};

/// A thing that is kept beside databases and tables, and that no store looks into: a column's
/// statistics, a function, tags, an old version of a table.
struct Fact {
  FactKey key;
  std::string json;
  Nanos create_time = 0;  ///< set by the store, as is the next
  Nanos update_time = 0;
};

enum class FactWrite {
  kNew,       ///< kAlreadyExists if it is there
  kExisting,  ///< kNotFound if it is not
  kEither,
};

/// Facts of one kind and owner, by name.
struct FactQuery {
  FactKey key;          ///< its name is where the names begin: "a" gives "a", "ab", not "b"
  std::string after;    ///< the last name of the page before; "" for the first
  size_t limit = 1000;  ///< items at most
};

inline constexpr char kMetadataLocation[] = "metadata_location";
inline constexpr char kPreviousMetadataLocation[] = "previous_metadata_location";

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual Result<void> CreateDatabase(const Database& database) = 0;  ///< kAlreadyExists
  virtual Result<Database> GetDatabase(const std::string& name) = 0;
  virtual Result<std::vector<Database>> ListDatabases() = 0;
  /// Replaces all but its name and create_time.
  virtual Result<void> UpdateDatabase(const Database& database);
  /// With its facts. kConflict if it is not empty.
  virtual Result<void> DeleteDatabase(const std::string& name) = 0;

  /// Stores a new table (version becomes 1); kAlreadyExists, or kNotFound for its database.
  virtual Result<void> CreateTable(const Table& table) = 0;
  virtual Result<Table> GetTable(const std::string& database, const std::string& name) = 0;
  virtual Result<std::vector<Table>> ListTables(const std::string& database) = 0;
  /// Replaces the stored table if its version still equals table.version, and raises it.
  /// kConflict: it does not. kOutcomeUnknown: the store failed in the middle.
  virtual Result<void> UpdateTable(const Table& table) = 0;
  /// With its partitions and facts.
  virtual Result<void> DeleteTable(const std::string& database, const std::string& name) = 0;

  /// The batches are one transaction of the items that can be done; the others come back, with
  /// kAlreadyExists, kNotFound, or kInvalid for a number of values that is not that of the keys.
  /// kNotFound: there is no such table, and nothing was done.
  virtual Result<std::vector<PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<Partition>& partitions) = 0;
  virtual Result<std::vector<PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionUpdate>& updates) = 0;
  virtual Result<std::vector<PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionValues>& values) = 0;
  virtual Result<Partition> GetPartition(const std::string& database, const std::string& table,
                                         const PartitionValues& values) = 0;
  virtual Result<PartitionPage> ListPartitions(const std::string& database,
                                               const std::string& table,
                                               const PageRequest& page) = 0;

  /// A fact of a table or database that does not exist is kNotFound. Catalogs that keep no facts
  /// answer kUnsupported.
  virtual Result<void> PutFact(const Fact& fact, FactWrite write);
  virtual Result<Fact> GetFact(const FactKey& key);
  virtual Result<std::vector<Fact>> ListFacts(const FactQuery& query);
  virtual Result<void> DeleteFact(const FactKey& key);  ///< kNotFound
};

/// Every partition of a table, page after page.
Result<std::vector<Partition>> AllPartitions(Catalog& catalog, const std::string& database,
                                             const std::string& table);

/// The SQLite store: one file, WAL, shared by processes of one host, synchronous=FULL.
/// Refuses a file of a newer format version with advice (kUnsupported).
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, const Clock& clock);

}  // namespace ticklake::catalog
