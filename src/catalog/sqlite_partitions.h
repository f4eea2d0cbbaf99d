// The partitions of one table in the catalog's SQLite file.
//
// Threading: as its connection; the caller holds its lock and, for changes, a transaction.
// Does not: begin or commit, or filter.
#pragma once

#include <string>
#include <vector>

#include "base/sqlite.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {

class SqlitePartitions {
 public:
  /// Both must outlive it.
  SqlitePartitions(sqlite3* db, const Table& table) : db_(db), table_(table) {}

  Result<std::vector<PartitionError>> Create(const std::vector<Partition>& partitions, Nanos now);
  Result<std::vector<PartitionError>> Update(const std::vector<PartitionUpdate>& updates,
                                             Nanos now);
  Result<std::vector<PartitionError>> Delete(const std::vector<PartitionValues>& values);
  Result<Partition> Get(const PartitionValues& values);
  Result<PartitionPage> List(const PageRequest& page);
  /// The partitions of these keys that are (still) there.
  Result<std::vector<Partition>> GetAll(const std::vector<std::string>& keys);
  /// The key of every partition, in order.
  Result<std::vector<std::string>> Keys();

 private:
  Result<bool> Has(const PartitionValues& values);

  sqlite3* db_;
  const Table& table_;
};

}  // namespace ticklake::catalog
