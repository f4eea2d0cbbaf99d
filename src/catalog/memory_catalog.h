// A catalog that lives and dies with the process: for tests, and runs that keep nothing.
//
// Threading: safe from any thread.
#pragma once

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
  Result<void> DeleteDatabase(const std::string& name) override;
  Result<void> CreateTable(const Table& table) override;
  Result<Table> GetTable(const std::string& database, const std::string& name) override;
  Result<std::vector<Table>> ListTables(const std::string& database) override;
  Result<void> UpdateTable(const Table& table) override;
  Result<void> DeleteTable(const std::string& database, const std::string& name) override;

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Database> databases_;
  std::map<std::pair<std::string, std::string>, Table> tables_;
};

}  // namespace ticklake::catalog
