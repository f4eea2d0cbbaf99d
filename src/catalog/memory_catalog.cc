#include "catalog/memory_catalog.h"

#include <algorithm>

#include "catalog/catalog_json.h"
#include "catalog/partitions.h"

namespace ticklake::catalog {
namespace {

std::unexpected<Error> Missing(const std::string& database, const std::string& table) {
  return Fail(Code::kNotFound, "table '{}.{}': does not exist; see SHOW TABLES", database, table);
}

std::unexpected<Error> NoDatabase(const std::string& name) {
  return Fail(Code::kNotFound, "database '{}': does not exist; see SHOW DATABASES", name);
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
  return NoDatabase(name);
}

Result<std::vector<Database>> MemoryCatalog::ListDatabases() {
  std::lock_guard lock(mutex_);
  std::vector<Database> all;
  all.reserve(databases_.size());
  for (const auto& [name, database] : databases_) all.push_back(database);
  return all;
}

Result<void> MemoryCatalog::UpdateDatabase(const Database& database) {
  std::lock_guard lock(mutex_);
  const auto at = databases_.find(database.name);
  if (at == databases_.end()) return NoDatabase(database.name);
  const Nanos created = at->second.create_time;
  at->second = database;
  at->second.create_time = created;
  return {};
}

Result<void> MemoryCatalog::DeleteDatabase(const std::string& name) {
  TL_ASSIGN(const auto tables, ListTables(name));
  if (!tables.empty()) {
    return Fail(Code::kConflict, "database '{}': still has {} tables; drop them first", name,
                tables.size());
  }
  std::lock_guard lock(mutex_);
  databases_.erase(name);
  std::erase_if(facts_, [&](const auto& fact) { return fact.first[0] == name; });
  return {};
}

Result<void> MemoryCatalog::CreateTable(const Table& table) {
  TL_TRY(GetDatabase(table.database));
  std::lock_guard lock(mutex_);
  auto [at, made] = tables_.emplace(std::pair(table.database, table.name), Entry{table, {}});
  if (!made) {
    return Fail(Code::kAlreadyExists, "table '{}.{}': exists already", table.database, table.name);
  }
  Table& stored = at->second.table;
  stored.create_time = stored.update_time = clock_.Now();
  stored.version = 1;
  return {};
}

Result<Table> MemoryCatalog::GetTable(const std::string& database, const std::string& name) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({database, name});
  if (at == tables_.end()) return Missing(database, name);
  return at->second.table;
}

Result<std::vector<Table>> MemoryCatalog::ListTables(const std::string& database) {
  TL_TRY(GetDatabase(database));
  std::lock_guard lock(mutex_);
  std::vector<Table> all;
  for (const auto& [key, entry] : tables_) {
    if (key.first == database) all.push_back(entry.table);
  }
  return all;
}

Result<void> MemoryCatalog::UpdateTable(const Table& table) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({table.database, table.name});
  if (at == tables_.end()) return Missing(table.database, table.name);
  Table& stored = at->second.table;
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
  std::erase_if(
      facts_, [&](const auto& fact) { return fact.first[0] == database && fact.first[1] == name; });
  return {};
}

template <class Item, class Change>
Result<std::vector<PartitionError>> MemoryCatalog::ForEach(
    const std::pair<std::string, std::string>& key, const std::vector<Item>& items, Change change) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find(key);
  if (at == tables_.end()) return Missing(key.first, key.second);
  std::vector<PartitionError> errors;
  for (const Item& item : items) {
    if (auto failed = change(at->second, item)) errors.push_back(std::move(*failed));
  }
  return errors;
}

void MemoryCatalog::Store(Partitions& partitions, Partition partition, Nanos created) {
  partition.update_time = clock_.Now();
  partition.create_time = created == 0 ? partition.update_time : created;
  partitions.insert_or_assign(ToJson(partition.values), std::move(partition));
}

Result<std::vector<PartitionError>> MemoryCatalog::CreatePartitions(
    const std::string& database, const std::string& table,
    const std::vector<Partition>& partitions) {
  return ForEach(std::pair(database, table), partitions,
                 [this](Entry& entry, const Partition& partition) {
                   auto refused = CheckValues(entry.table, partition.values);
                   if (refused) return refused;
                   if (entry.partitions.contains(ToJson(partition.values))) {
                     return PartitionExists(entry.table, partition.values);
                   }
                   Store(entry.partitions, partition, 0);
                   return refused;
                 });
}

Result<std::vector<PartitionError>> MemoryCatalog::UpdatePartitions(
    const std::string& database, const std::string& table,
    const std::vector<PartitionUpdate>& updates) {
  return ForEach(std::pair(database, table), updates,
                 [this](Entry& entry, const PartitionUpdate& update) {
                   auto refused = CheckValues(entry.table, update.partition.values);
                   if (refused) return refused;
                   const auto at = entry.partitions.find(ToJson(update.values));
                   if (at == entry.partitions.end()) {
                     return NoPartition(entry.table, update.values);
                   }
                   if (update.partition.values != update.values &&
                       entry.partitions.contains(ToJson(update.partition.values))) {
                     return PartitionExists(entry.table, update.partition.values);
                   }
                   const Nanos created = at->second.create_time;
                   entry.partitions.erase(at);
                   Store(entry.partitions, update.partition, created);
                   return refused;
                 });
}

Result<std::vector<PartitionError>> MemoryCatalog::DeletePartitions(
    const std::string& database, const std::string& table,
    const std::vector<PartitionValues>& values) {
  return ForEach(std::pair(database, table), values,
                 [](Entry& entry, const PartitionValues& item) -> std::optional<PartitionError> {
                   if (entry.partitions.erase(ToJson(item)) > 0) return std::nullopt;
                   return NoPartition(entry.table, item);
                 });
}

Result<Partition> MemoryCatalog::GetPartition(const std::string& database, const std::string& table,
                                              const PartitionValues& values) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({database, table});
  if (at == tables_.end()) return Missing(database, table);
  const auto found = at->second.partitions.find(ToJson(values));
  if (found != at->second.partitions.end()) return found->second;
  return Fail(NoPartition(at->second.table, values)->error);
}

Result<PartitionPage> MemoryCatalog::ListPartitions(const std::string& database,
                                                    const std::string& table,
                                                    const PageRequest& page) {
  std::lock_guard lock(mutex_);
  const auto at = tables_.find({database, table});
  if (at == tables_.end()) return Missing(database, table);
  PartitionPage answer;
  const Partitions& all = at->second.partitions;
  std::string last;
  for (auto next = all.upper_bound(page.after); next != all.end(); ++next) {
    if (page.filter && !page.filter(next->second.values)) continue;
    if (answer.partitions.size() == page.limit) {
      answer.next = last;
      break;
    }
    last = next->first;
    answer.partitions.push_back(next->second);
  }
  return answer;
}

Result<void> MemoryCatalog::CheckOwner(const FactKey& key) const {
  if (!key.database.empty() && !databases_.contains(key.database)) return NoDatabase(key.database);
  if (!key.table.empty() && !tables_.contains({key.database, key.table})) {
    return Missing(key.database, key.table);
  }
  return {};
}

Result<void> MemoryCatalog::PutFact(const Fact& fact, FactWrite write) {
  std::lock_guard lock(mutex_);
  TL_TRY(CheckOwner(fact.key));
  const auto at = facts_.find(IdOf(fact.key));
  if (at != facts_.end() && write == FactWrite::kNew) return FactExists(fact.key);
  if (at == facts_.end() && write == FactWrite::kExisting) return NoFact(fact.key);
  Fact stored = fact;
  stored.update_time = clock_.Now();
  stored.create_time = at == facts_.end() ? stored.update_time : at->second.create_time;
  facts_.insert_or_assign(IdOf(fact.key), std::move(stored));
  return {};
}

Result<Fact> MemoryCatalog::GetFact(const FactKey& key) {
  std::lock_guard lock(mutex_);
  const auto at = facts_.find(IdOf(key));
  if (at != facts_.end()) return at->second;
  return NoFact(key);
}

Result<std::vector<Fact>> MemoryCatalog::ListFacts(const FactQuery& query) {
  std::lock_guard lock(mutex_);
  std::vector<Fact> found;
  FactId from = IdOf(query.key);
  from[3] = std::max(from[3], query.after);
  for (auto at = facts_.lower_bound(from); at != facts_.end(); ++at) {
    const auto& [database, table, kind, name] = at->first;
    if (database != query.key.database || table != query.key.table || kind != query.key.kind ||
        !name.starts_with(query.key.name) || found.size() == query.limit) {
      break;
    }
    if (name != query.after || query.after.empty()) found.push_back(at->second);
  }
  return found;
}

Result<void> MemoryCatalog::DeleteFact(const FactKey& key) {
  std::lock_guard lock(mutex_);
  if (facts_.erase(IdOf(key)) == 0) return NoFact(key);
  return {};
}

}  // namespace ticklake::catalog
