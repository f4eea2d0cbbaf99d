#include "catalog/sqlite_file.h"

#include <chrono>

#include "catalog/catalog_format.h"

namespace ticklake::catalog {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

Result<int64_t> Pragma(sqlite3* db, std::string_view name) {
  SqliteStatement statement(db, fmt::format("PRAGMA {}", name));
  TL_TRY(statement.Step());
  return statement.Int(0);
}

Result<bool> IsEmpty(sqlite3* db) {
  SqliteStatement any(db, "SELECT count(*) FROM sqlite_schema");
  TL_TRY(any.Step());
  return any.Int(0) == 0;
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

Result<void> Stamp(sqlite3* db) {
  TL_TRY(Execute(db, fmt::format("PRAGMA application_id={}", kCatalogApplicationId).c_str()));
  return Execute(db, fmt::format("PRAGMA user_version={}", kCatalogVersion).c_str());
}

Result<void> Migrate(sqlite3* db) {
  TL_TRY(Execute(db, kSetTables1Aside));
  TL_TRY(Execute(db, kCreateTables));
  TL_TRY(Execute(db, kTakeTables1Over));
  return Stamp(db);
}

// The first process to get the lock makes or migrates the tables, the others find them. It is
// one transaction: after a crash the file is of the old version or of the new one.
Result<void> CreateOrCheck(sqlite3* db, const std::string& path) {
  TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db));
  TL_ASSIGN(const bool empty, IsEmpty(db));
  TL_ASSIGN(const int64_t version, Pragma(db, "user_version"));
  if (!empty || version != 0) {
    TL_TRY(CheckVersion(db, path));
    if (version == kCatalogVersion) return {};
    if (const auto migrated = Migrate(db); !migrated) {
      return Fail(migrated.error().Within(
          fmt::format("bringing format {} to {}", version, kCatalogVersion)));
    }
    return transaction.Commit();
  }
  TL_TRY(Execute(db, kCreateDatabases));
  TL_TRY(Execute(db, kCreateTables));
  TL_TRY(Stamp(db));
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

}  // namespace

Result<SqliteConnection> OpenCatalogFile(const std::string& path, const Clock& clock) {
  sqlite3* raw = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int status = sqlite3_open_v2(path.c_str(), &raw, kFlags, nullptr);
  SqliteConnection db(raw);
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

}  // namespace ticklake::catalog
