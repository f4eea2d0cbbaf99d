// The SQLite store of the catalog. Several processes of one host share the file: WAL for
// readers beside a writer, synchronous=FULL so that a swap that was reported is on disk.

#include <mutex>

#include "base/sqlite.h"
#include "catalog/catalog.h"
#include "catalog/catalog_json.h"
#include "catalog/partition_index.h"
#include "catalog/sqlite_facts.h"
#include "catalog/sqlite_file.h"
#include "catalog/sqlite_partitions.h"

namespace ticklake::catalog {
namespace {

constexpr char kDatabaseColumns[] =
    "name, description, location_uri, parameters, create_time, details";
constexpr char kTableColumns[] =
    "database, name, table_type, storage, partition_keys, parameters, details, create_time, "
    "update_time, version";

Result<Database> ReadDatabase(const SqliteStatement& row) {
  Database database;
  database.name = row.Text(0);
  database.description = row.Text(1);
  database.location_uri = row.Text(2);
  TL_ASSIGN(database.parameters, ParametersFromJson(row.Text(3)));
  database.create_time = row.Int(4);
  TL_ASSIGN(database.extra, ExtraFromDetails(row.Text(5)));
  return database;
}

Result<Table> ReadTable(const SqliteStatement& row) {
  Table table;
  table.database = row.Text(0);
  table.name = row.Text(1);
  table.table_type = row.Text(2);
  TL_ASSIGN(table.storage, StorageFromJson(row.Text(3)));
  TL_ASSIGN(table.partition_keys, ColumnsFromJson(row.Text(4)));
  TL_ASSIGN(table.parameters, ParametersFromJson(row.Text(5)));
  TL_TRY(ReadDetails(row.Text(6), table));
  table.create_time = row.Int(7);
  table.update_time = row.Int(8);
  table.version = row.Int(9);
  return table;
}

std::unexpected<Error> NoDatabase(const std::string& name) {
  return Fail(Code::kNotFound, "database '{}': does not exist; see SHOW DATABASES", name);
}

std::unexpected<Error> NoTable(const std::string& database, const std::string& name) {
  return Fail(Code::kNotFound, "table '{}.{}': does not exist; see SHOW TABLES", database, name);
}

class SqliteCatalog : public Catalog {
 public:
  SqliteCatalog(SqliteConnection db, const Clock& clock) : db_(std::move(db)), clock_(clock) {}

  Result<void> CreateDatabase(const Database& database) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement insert(db_.get(), "INSERT OR IGNORE INTO databases VALUES (?, ?, ?, ?, ?, ?)");
    insert.Bind(database.name).Bind(database.description).Bind(database.location_uri);
    insert.Bind(ToJson(database.parameters)).Bind(clock_.Now());
    insert.Bind(ExtraToDetails(database.extra));
    TL_TRY(insert.Step());
    if (sqlite3_changes(db_.get()) == 0) {
      return Fail(Code::kAlreadyExists, "database '{}': exists already", database.name);
    }
    return transaction.Commit();
  }

  Result<Database> GetDatabase(const std::string& name) override {
    std::lock_guard lock(mutex_);
    SqliteStatement select(
        db_.get(), fmt::format("SELECT {} FROM databases WHERE name = ?", kDatabaseColumns));
    TL_ASSIGN(const bool found, select.Bind(name).Step());
    if (!found) return NoDatabase(name);
    return ReadDatabase(select);
  }

  Result<std::vector<Database>> ListDatabases() override {
    std::lock_guard lock(mutex_);
    SqliteStatement select(db_.get(),
                           fmt::format("SELECT {} FROM databases ORDER BY name", kDatabaseColumns));
    std::vector<Database> databases;
    while (true) {
      TL_ASSIGN(const bool more, select.Step());
      if (!more) return databases;
      TL_ASSIGN(Database database, ReadDatabase(select));
      databases.push_back(std::move(database));
    }
  }

  Result<void> UpdateDatabase(const Database& database) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement update(db_.get(),
                           "UPDATE databases SET description = ?, location_uri = ?, "
                           "parameters = ?, details = ? WHERE name = ?");
    update.Bind(database.description).Bind(database.location_uri);
    update.Bind(ToJson(database.parameters)).Bind(ExtraToDetails(database.extra));
    TL_TRY(update.Bind(database.name).Step());
    if (sqlite3_changes(db_.get()) == 0) return NoDatabase(database.name);
    return transaction.Commit();
  }

  Result<void> DeleteDatabase(const std::string& name) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement tables(db_.get(), "SELECT count(*) FROM tables WHERE database = ?");
    TL_TRY(tables.Bind(name).Step());
    if (tables.Int(0) > 0) {
      return Fail(Code::kConflict, "database '{}': still has {} tables; drop them first", name,
                  tables.Int(0));
    }
    SqliteStatement remove(db_.get(), "DELETE FROM databases WHERE name = ?");
    TL_TRY(remove.Bind(name).Step());
    if (sqlite3_changes(db_.get()) == 0) return NoDatabase(name);
    SqliteStatement facts(db_.get(), "DELETE FROM facts WHERE database = ?");
    TL_TRY(facts.Bind(name).Step());
    return transaction.Commit();
  }

  Result<void> CreateTable(const Table& table) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement database(db_.get(), "SELECT 1 FROM databases WHERE name = ?");
    TL_ASSIGN(const bool found, database.Bind(table.database).Step());
    if (!found) return NoDatabase(table.database);
    SqliteStatement insert(db_.get(),
                           "INSERT OR IGNORE INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)");
    const Nanos now = clock_.Now();
    insert.Bind(table.database).Bind(table.name).Bind(table.table_type);
    insert.Bind(ToJson(table.storage)).Bind(ToJson(table.partition_keys));
    insert.Bind(ToJson(table.parameters)).Bind(DetailsToJson(table)).Bind(now).Bind(now);
    TL_TRY(insert.Step());
    if (sqlite3_changes(db_.get()) == 0) {
      return Fail(Code::kAlreadyExists, "table '{}.{}': exists already", table.database,
                  table.name);
    }
    return transaction.Commit();
  }

  Result<Table> GetTable(const std::string& database, const std::string& name) override {
    std::lock_guard lock(mutex_);
    return Find(database, name);
  }

  Result<std::vector<Table>> ListTables(const std::string& database) override {
    TL_TRY(GetDatabase(database));
    std::lock_guard lock(mutex_);
    SqliteStatement select(
        db_.get(),
        fmt::format("SELECT {} FROM tables WHERE database = ? ORDER BY name", kTableColumns));
    select.Bind(database);
    std::vector<Table> tables;
    while (true) {
      TL_ASSIGN(const bool more, select.Step());
      if (!more) return tables;
      TL_ASSIGN(Table table, ReadTable(select));
      tables.push_back(std::move(table));
    }
  }

  Result<void> UpdateTable(const Table& table) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement update(db_.get(),
                           "UPDATE tables SET table_type = ?, storage = ?, partition_keys = ?, "
                           "parameters = ?, details = ?, update_time = ?, version = version + 1 "
                           "WHERE database = ? AND name = ? AND version = ?");
    update.Bind(table.table_type).Bind(ToJson(table.storage)).Bind(ToJson(table.partition_keys));
    update.Bind(ToJson(table.parameters)).Bind(DetailsToJson(table)).Bind(clock_.Now());
    update.Bind(table.database).Bind(table.name).Bind(table.version);
    TL_TRY(update.Step());
    if (sqlite3_changes(db_.get()) == 0) return WhyNotUpdated(table);
    return transaction.Commit();
  }

  Result<void> DeleteTable(const std::string& database, const std::string& name) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement remove(db_.get(), "DELETE FROM tables WHERE database = ? AND name = ?");
    TL_TRY(remove.Bind(database).Bind(name).Step());
    if (sqlite3_changes(db_.get()) == 0) return NoTable(database, name);
    SqliteStatement facts(db_.get(), "DELETE FROM facts WHERE database = ? AND table_name = ?");
    TL_TRY(facts.Bind(database).Bind(name).Step());
    return transaction.Commit();
  }

  Result<std::vector<PartitionError>> CreatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<Partition>& partitions) override {
    return ChangePartitions(database, table, [&](SqlitePartitions& stored) {
      return stored.Create(partitions, clock_.Now());
    });
  }

  Result<std::vector<PartitionError>> UpdatePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionUpdate>& updates) override {
    return ChangePartitions(database, table, [&](SqlitePartitions& stored) {
      return stored.Update(updates, clock_.Now());
    });
  }

  Result<std::vector<PartitionError>> DeletePartitions(
      const std::string& database, const std::string& table,
      const std::vector<PartitionValues>& values) override {
    return ChangePartitions(database, table,
                            [&](SqlitePartitions& stored) { return stored.Delete(values); });
  }

  Result<Partition> GetPartition(const std::string& database, const std::string& table,
                                 const PartitionValues& values) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(const Table entry, Find(database, table));
    return SqlitePartitions(db_.get(), entry).Get(values);
  }

  Result<PartitionPage> ListPartitions(const std::string& database, const std::string& table,
                                       const PageRequest& page) override {
    if (page.filter) return ListFiltered(database, table, page);
    std::lock_guard lock(mutex_);
    TL_ASSIGN(const Table entry, Find(database, table));
    return SqlitePartitions(db_.get(), entry).List(page);
  }

  Result<void> PutFact(const Fact& fact, FactWrite write) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    TL_TRY(SqliteFacts(db_.get()).Put(fact, write, clock_.Now()));
    return transaction.Commit();
  }

  Result<Fact> GetFact(const FactKey& key) override {
    std::lock_guard lock(mutex_);
    return SqliteFacts(db_.get()).Get(key);
  }

  Result<std::vector<Fact>> ListFacts(const FactQuery& query) override {
    std::lock_guard lock(mutex_);
    return SqliteFacts(db_.get()).List(query);
  }

  Result<void> DeleteFact(const FactKey& key) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    TL_TRY(SqliteFacts(db_.get()).Delete(key));
    return transaction.Commit();
  }

 private:
  Result<Table> Find(const std::string& database, const std::string& name) {
    SqliteStatement select(
        db_.get(),
        fmt::format("SELECT {} FROM tables WHERE database = ? AND name = ?", kTableColumns));
    TL_ASSIGN(const bool found, select.Bind(database).Bind(name).Step());
    if (!found) return NoTable(database, name);
    return ReadTable(select);
  }

  template <class Change>
  Result<std::vector<PartitionError>> ChangePartitions(const std::string& database,
                                                       const std::string& name, Change change) {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    TL_ASSIGN(const Table table, Find(database, name));
    SqlitePartitions stored(db_.get(), table);
    TL_ASSIGN(std::vector<PartitionError> errors, change(stored));
    SqliteStatement changed(db_.get(),
                            "UPDATE tables SET partitions_version = partitions_version + 1 "
                            "WHERE database = ? AND name = ?");
    TL_TRY(changed.Bind(database).Bind(name).Step());
    TL_TRY(transaction.Commit());
    return errors;
  }

  // The filter runs without the lock, over values that are kept in memory.
  Result<PartitionPage> ListFiltered(const std::string& database, const std::string& name,
                                     const PageRequest& page) {
    TL_ASSIGN(const auto values, ValuesOf(database, name));
    PartitionPage answer;
    std::vector<std::string> keys = values->Matching(page, answer.next);
    std::lock_guard lock(mutex_);
    TL_ASSIGN(const Table entry, Find(database, name));
    TL_ASSIGN(answer.partitions, SqlitePartitions(db_.get(), entry).GetAll(keys));
    return answer;
  }

  Result<std::shared_ptr<const PartitionIndex>> ValuesOf(const std::string& database,
                                                         const std::string& name) {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(const Table entry, Find(database, name));
    SqliteStatement select(db_.get(),
                           "SELECT partitions_version FROM tables WHERE database = ? AND name = ?");
    TL_TRY(select.Bind(database).Bind(name).Step());
    // A table that is made anew begins at version 0 again.
    const PartitionIndex::Stamp stamp{entry.create_time, select.Int(0)};
    if (auto kept = indexes_.Find({database, name}, stamp)) return kept;
    TL_ASSIGN(std::vector<std::string> keys, SqlitePartitions(db_.get(), entry).Keys());
    TL_ASSIGN(auto index, PartitionIndex::Make(stamp, std::move(keys)));
    indexes_.Keep({database, name}, index);
    return index;
  }

  Result<void> WhyNotUpdated(const Table& table) {
    SqliteStatement select(db_.get(), "SELECT version FROM tables WHERE database = ? AND name = ?");
    TL_ASSIGN(const bool found, select.Bind(table.database).Bind(table.name).Step());
    if (!found) return NoTable(table.database, table.name);
    return Fail(Code::kConflict, "table '{}.{}': is at version {}, not {}; read it again",
                table.database, table.name, select.Int(0), table.version);
  }

  std::mutex mutex_;
  SqliteConnection db_;
  const Clock& clock_;
  PartitionIndexes indexes_;
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, const Clock& clock) {
  TL_ASSIGN(SqliteConnection db, OpenCatalogFile(path, clock));
  return std::make_unique<SqliteCatalog>(std::move(db), clock);
}

}  // namespace ticklake::catalog
