// The SQLite store of the catalog. Several processes of one host share the file: WAL for
// readers beside a writer, synchronous=FULL so that a swap that was reported is on disk.

#include <chrono>
#include <mutex>

#include "catalog/catalog.h"
#include "catalog/catalog_format.h"
#include "catalog/catalog_json.h"
#include "catalog/sqlite.h"

namespace ticklake::catalog {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Result<int64_t> Pragma(sqlite3* db, std::string_view name) {
  SqliteStatement statement(db, fmt::format("PRAGMA {}", name));
  TL_TRY(statement.Step());
  return statement.Int(0);
}

Result<void> CheckVersion(sqlite3* db, const std::string& path) {
  TL_ASSIGN(const int64_t version, Pragma(db, "user_version"));
  TL_ASSIGN(const int64_t application, Pragma(db, "application_id"));
  if (application != kCatalogApplicationId) {
    return Fail(Code::kCorrupt,
                "catalog file '{}': an SQLite database of something else; give "
                "another data directory",
                path);
  }
  if (version > kCatalogVersion) {
    return Fail(Code::kUnsupported,
                "catalog file '{}': format version {}, this program knows up to {}; use the newer "
                "ticklake that wrote it",
                path, version, kCatalogVersion);
  }
  return {};
}

// The first process to get the lock makes the tables, the others find them.
Result<void> CreateOrCheck(sqlite3* db, const std::string& path) {
  TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db));
  SqliteStatement any(db, "SELECT count(*) FROM sqlite_schema");
  TL_TRY(any.Step());
  TL_ASSIGN(const int64_t version, Pragma(db, "user_version"));
  if (any.Int(0) > 0 || version != 0) return CheckVersion(db, path);
  TL_TRY(Execute(db, kCreateCatalog));
  TL_TRY(Execute(db, fmt::format("PRAGMA application_id={}", kCatalogApplicationId).c_str()));
  TL_TRY(Execute(db, fmt::format("PRAGMA user_version={}", kCatalogVersion).c_str()));
  return transaction.Commit();
}

// Switching to WAL needs the file alone and does not wait for it by itself.
Result<void> SwitchToWal(sqlite3* db, const Clock& clock) {
  constexpr auto kPause = std::chrono::milliseconds(10);
  auto switched = Execute(db, "PRAGMA journal_mode=WAL");
  for (int tries = 0; tries < 200 && !switched; ++tries) {
    if (switched.error().code != Code::kUnavailable) break;
    clock.SleepFor(kPause);
    switched = Execute(db, "PRAGMA journal_mode=WAL");
  }
  return switched;
}

Result<Connection> OpenConnection(const std::string& path, const Clock& clock) {
  sqlite3* raw = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int status = sqlite3_open_v2(path.c_str(), &raw, kFlags, nullptr);
  Connection db(raw);
  if (status != SQLITE_OK) {
    return Fail(Code::kIo, "catalog file '{}': {}; check that its directory exists and is writable",
                path, raw ? sqlite3_errmsg(raw) : "out of memory");
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // Before WAL is switched on, so that a newer or foreign file is not touched.
  TL_TRY(CreateOrCheck(raw, path));
  TL_TRY(SwitchToWal(raw, clock));
  TL_TRY(Execute(raw, "PRAGMA synchronous=FULL"));
  TL_TRY(Execute(raw, "PRAGMA foreign_keys=ON"));
  return db;
}

constexpr char kDatabaseColumns[] = "name, description, location_uri, parameters, create_time";
constexpr char kTableColumns[] =
    "database, name, table_type, location, columns, parameters, create_time, update_time, version";

Result<Database> ReadDatabase(const SqliteStatement& row) {
  Database database;
  database.name = row.Text(0);
  database.description = row.Text(1);
  database.location_uri = row.Text(2);
  TL_ASSIGN(database.parameters, ParametersFromJson(row.Text(3)));
  database.create_time = row.Int(4);
  return database;
}

Result<Table> ReadTable(const SqliteStatement& row) {
  Table table;
  table.database = row.Text(0);
  table.name = row.Text(1);
  table.table_type = row.Text(2);
  table.location = row.Text(3);
  TL_ASSIGN(table.columns, ColumnsFromJson(row.Text(4)));
  TL_ASSIGN(table.parameters, ParametersFromJson(row.Text(5)));
  table.create_time = row.Int(6);
  table.update_time = row.Int(7);
  table.version = row.Int(8);
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
  SqliteCatalog(Connection db, const Clock& clock) : db_(std::move(db)), clock_(clock) {}

  Result<void> CreateDatabase(const Database& database) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement insert(db_.get(), "INSERT OR IGNORE INTO databases VALUES (?, ?, ?, ?, ?)");
    insert.Bind(database.name).Bind(database.description).Bind(database.location_uri);
    insert.Bind(ToJson(database.parameters)).Bind(clock_.Now());
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
    return transaction.Commit();
  }

  Result<void> CreateTable(const Table& table) override {
    std::lock_guard lock(mutex_);
    TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db_.get()));
    SqliteStatement database(db_.get(), "SELECT 1 FROM databases WHERE name = ?");
    TL_ASSIGN(const bool found, database.Bind(table.database).Step());
    if (!found) return NoDatabase(table.database);
    SqliteStatement insert(db_.get(),
                           "INSERT OR IGNORE INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)");
    const Nanos now = clock_.Now();
    insert.Bind(table.database).Bind(table.name).Bind(table.table_type).Bind(table.location);
    insert.Bind(ToJson(table.columns)).Bind(ToJson(table.parameters)).Bind(now).Bind(now);
    TL_TRY(insert.Step());
    if (sqlite3_changes(db_.get()) == 0) {
      return Fail(Code::kAlreadyExists, "table '{}.{}': exists already", table.database,
                  table.name);
    }
    return transaction.Commit();
  }

  Result<Table> GetTable(const std::string& database, const std::string& name) override {
    std::lock_guard lock(mutex_);
    SqliteStatement select(
        db_.get(),
        fmt::format("SELECT {} FROM tables WHERE database = ? AND name = ?", kTableColumns));
    TL_ASSIGN(const bool found, select.Bind(database).Bind(name).Step());
    if (!found) return NoTable(database, name);
    return ReadTable(select);
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
                           "UPDATE tables SET table_type = ?, location = ?, columns = ?, "
                           "parameters = ?, update_time = ?, version = version + 1 "
                           "WHERE database = ? AND name = ? AND version = ?");
    update.Bind(table.table_type).Bind(table.location).Bind(ToJson(table.columns));
    update.Bind(ToJson(table.parameters)).Bind(clock_.Now());
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
    return transaction.Commit();
  }

 private:
  Result<void> WhyNotUpdated(const Table& table) {
    SqliteStatement select(db_.get(), "SELECT version FROM tables WHERE database = ? AND name = ?");
    TL_ASSIGN(const bool found, select.Bind(table.database).Bind(table.name).Step());
    if (!found) return NoTable(table.database, table.name);
    return Fail(Code::kConflict, "table '{}.{}': is at version {}, not {}; read it again",
                table.database, table.name, select.Int(0), table.version);
  }

  std::mutex mutex_;
  Connection db_;
  const Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, const Clock& clock) {
  TL_ASSIGN(Connection db, OpenConnection(path, clock));
  return std::make_unique<SqliteCatalog>(std::move(db), clock);
}

}  // namespace ticklake::catalog
