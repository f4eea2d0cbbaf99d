#include "catalog/sqlite_facts.h"

#include "catalog/partitions.h"

namespace ticklake::catalog {
namespace {

constexpr char kOne[] = " WHERE database = ? AND table_name = ? AND kind = ? AND name = ?";

SqliteStatement& Bind(SqliteStatement& statement, const FactKey& key) {
  return statement.Bind(key.database).Bind(key.table).Bind(key.kind).Bind(key.name);
}

}  // namespace

Result<void> SqliteFacts::CheckOwner(const FactKey& key) {
  if (key.database.empty()) return {};
  SqliteStatement owner(db_, key.table.empty()
                                 ? "SELECT 1 FROM databases WHERE name = ?"
                                 : "SELECT 1 FROM tables WHERE database = ? AND name = ?");
  owner.Bind(key.database);
  if (!key.table.empty()) owner.Bind(key.table);
  TL_ASSIGN(const bool found, owner.Step());
  if (found) return {};
  return Fail(Code::kNotFound, "{} '{}': its {} '{}{}{}' does not exist", key.kind, key.name,
              key.table.empty() ? "database" : "table", key.database, key.table.empty() ? "" : ".",
              key.table);
}

Result<void> SqliteFacts::Put(const Fact& fact, FactWrite write, Nanos now) {
  TL_TRY(CheckOwner(fact.key));
  SqliteStatement update(db_, fmt::format("UPDATE facts SET json = ?, update_time = ?{}", kOne));
  if (write != FactWrite::kNew) {
    TL_TRY(Bind(update.Bind(fact.json).Bind(now), fact.key).Step());
    if (sqlite3_changes(db_) > 0) return {};
    if (write == FactWrite::kExisting) return NoFact(fact.key);
  }
  SqliteStatement insert(db_,
                         "INSERT OR IGNORE INTO facts (database, table_name, kind, name, json, "
                         "create_time, update_time) VALUES (?, ?, ?, ?, ?, ?, ?)");
  TL_TRY(Bind(insert, fact.key).Bind(fact.json).Bind(now).Bind(now).Step());
  if (sqlite3_changes(db_) == 0) return FactExists(fact.key);
  return {};
}

Result<Fact> SqliteFacts::Get(const FactKey& key) {
  SqliteStatement select(db_,
                         fmt::format("SELECT json, create_time, update_time FROM facts{}", kOne));
  TL_ASSIGN(const bool found, Bind(select, key).Step());
  if (!found) return NoFact(key);
  return Fact{key, select.Text(0), select.Int(1), select.Int(2)};
}

Result<std::vector<Fact>> SqliteFacts::List(const FactQuery& query) {
  SqliteStatement select(db_,
                         "SELECT name, json, create_time, update_time FROM facts WHERE database = "
                         "? AND table_name = ? AND kind = ? AND name >= ? AND name > ? "
                         "ORDER BY name LIMIT ?");
  // Nothing has the name "": what is greater is all.
  Bind(select, query.key).Bind(query.after).Bind(static_cast<int64_t>(query.limit));
  std::vector<Fact> facts;
  while (true) {
    TL_ASSIGN(const bool more, select.Step());
    if (!more) return facts;
    Fact fact{query.key, select.Text(1), select.Int(2), select.Int(3)};
    fact.key.name = select.Text(0);
    if (!fact.key.name.starts_with(query.key.name)) return facts;
    facts.push_back(std::move(fact));
  }
}

Result<void> SqliteFacts::Delete(const FactKey& key) {
  SqliteStatement remove(db_, fmt::format("DELETE FROM facts{}", kOne));
  TL_TRY(Bind(remove, key).Step());
  if (sqlite3_changes(db_) == 0) return NoFact(key);
  return {};
}

}  // namespace ticklake::catalog
