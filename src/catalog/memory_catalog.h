// A catalog that lives and dies with the process: for tests, and runs that keep nothing.
//
// Threading: safe from any thread.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "catalog/catalog.h"

namespace ticklake::catalog {

class MemoryCatalog : public Catalog {
 public:
  /// The clock must outlive it.
  explicit MemoryCatalog(const Clock& clock) : clock_(clock) {}

  Result<void> CreateDatabase(const Database& database) override;
  Result<Database> GetDatabase(const std::string& name) override;
  Result<std::vector<Database>> ListDatabases() override;
  Result<void> UpdateDatabase(const Database& database) override;
  Result<void> DeleteDatabase(const std::string& name) override;
  Result<void> CreateTable(const Table& table) override;
  Result<Table> GetTable(const std::string& database, const std::string& name) override;
  Result<std::vector<Table>> ListTables(const std::string& database) override;
  Result<void> UpdateTable(const Table& table) override;
  Result<void> DeleteTable(const std::string& database, const std::string& name) override;
  Result<std::vector<PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<Partition>& partitions) override;
  Result<std::vector<PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionUpdate>& updates) override;
  Result<std::vector<PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionValues>& values) override;
  Result<Partition> GetPartition(const std::string& database, const std::string& table,
                                 const PartitionValues& values) override;
  Result<PartitionPage> ListPartitions(const std::string& database, const std::string& table,
                                       const PageRequest& page) override;
  Result<void> PutFact(const Fact& fact, FactWrite write) override;
  Result<Fact> GetFact(const FactKey& key) override;
  Result<std::vector<Fact>> ListFacts(const FactQuery& query) override;
  Result<void> DeleteFact(const FactKey& key) override;

 private:
  using FactId = std::array<std::string, 4>;            ///< database, table, kind, name
  using Partitions = std::map<std::string, Partition>;  ///< by the JSON of their values
  struct Entry {
    Table table;
    Partitions partitions;
  };
  /// Runs `change` on the entry of a table for every item; what it says is the item's error.
  template <class Item, class Change>
  Result<std::vector<PartitionError>> ForEach(const std::pair<std::string, std::string>& key,
                                              const std::vector<Item>& items, Change change);
  void Store(Partitions& partitions, Partition partition, Nanos created);
  static FactId IdOf(const FactKey& key) { return {key.database, key.table, key.kind, key.name}; }
  /// kNotFound unless the fact's database and table are there. The caller holds the lock.
  Result<void> CheckOwner(const FactKey& key) const;

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Database> databases_;
  std::map<std::pair<std::string, std::string>, Entry> tables_;
  std::map<FactId, Fact> facts_;
};

}  // namespace ticklake::catalog
