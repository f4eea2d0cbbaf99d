#include "catalog/memory_catalog.h"

namespace ticklake::catalog {
namespace {

std::unexpected<Error> Missing(const std::string& database, const std::string& table) {
  return Fail(Code::kNotFound, "table '{}.{}': does not exist; see SHOW TABLES", database, table);
}

}  // namespace

Result<void> MemoryCatalog::CreateDatabase(const Database& database) {
  std::lock_guard lock(mutex_);
  auto [at, made] = databases_.emplace(database.name, database);
  if (!made) {
    return Fail(Code::kAlreadyExists, "database '{}': exists already", database.name);
  }
  at->second.create_time = clock_.Now();
  return {};
}

Result<Database> MemoryCatalog::GetDatabase(const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto at = databases_.find(name);
  if (at != databases_.end()) return at->second;
  return Fail(Code::kNotFound, "database '{}': does not exist; see SHOW DATABASES", name);
}

Result<std::vector<Database>> MemoryCatalog::ListDatabases() {
  std::lock_guard lock(mutex_);
  std::vector<Database> all;
  all.reserve(databases_.size());
  for (const auto& [name, database] : databases_) all.push_back(database);
  return all;
}

Result<void> MemoryCatalog::DeleteDatabase(const std::string& name) {
  TL_ASSIGN(const auto tables, ListTables(name));
  if (!tables.empty()) {
    return Fail(Code::kConflict, "database '{}': still has {} tables; drop them first", name,
                tables.size());
  }
  std::lock_guard lock(mutex_);
  databases_.erase(name);
  return {};
}

Result<void> MemoryCatalog::CreateTable(const Table& table) {
  TL_TRY(GetDatabase(table.database));
  std::lock_guard lock(mutex_);
  auto [at, made] = tables_.emplace(std::pair(table.database, table.name), table);
  if (!made) {
    return Fail(Code::kAlreadyExists, "table '{}.{}': exists already", table.database, table.name);
  }
  at->second.create_time = at->second.update_time = clock_.Now();
  at->second.version = 1;
  return {};
}

Result<Table> MemoryCatalog::GetTable(const std::string& database, const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({database, name});
  if (at == tables_.end()) return Missing(database, name);
  return at->second;
}

Result<std::vector<Table>> MemoryCatalog::ListTables(const std::string& database) {
  TL_TRY(GetDatabase(database));
  std::lock_guard lock(mutex_);
  std::vector<Table> all;
  for (const auto& [key, table] : tables_) {
    if (key.first == database) all.push_back(table);
  }
  return all;
}

Result<void> MemoryCatalog::UpdateTable(const Table& table) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({table.database, table.name});
  if (at == tables_.end()) return Missing(table.database, table.name);
  Table& stored = at->second;
  if (stored.version != table.version) {
    return Fail(Code::kConflict, "table '{}.{}': is at version {}, not {}; read it again",
                table.database, table.name, stored.version, table.version);
  }
  const Nanos created = stored.create_time;
  stored = table;
  stored.create_time = created;
  stored.update_time = clock_.Now();
  stored.version = table.version + 1;
  return {};
}

Result<void> MemoryCatalog::DeleteTable(const std::string& database, const std::string& name) {
  std::lock_guard lock(mutex_);
  if (tables_.erase({database, name}) == 0) return Missing(database, name);
  return {};
}

}  // namespace ticklake::catalog
