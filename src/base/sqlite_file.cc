#include "base/sqlite_file.h"

#include <chrono>

namespace ticklake {
namespace {

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

Result<void> CheckVersion(const SqliteFormat& format, sqlite3* db, const std::string& path) {
  TL_ASSIGN(const int64_t version, Pragma(db, "user_version"));
  TL_ASSIGN(const int64_t application, Pragma(db, "application_id"));
  if (application != format.application_id) {
    return Fail(Code::kCorrupt,
                "{} '{}': an SQLite database of something else; give another data directory",
                format.name, path);
  }
  if (version > format.version) {
    return Fail(Code::kUnsupported,
                "{} '{}': format version {}, this program knows up to {}; use the newer ticklake "
                "that wrote it",
                format.name, path, version, format.version);
  }
  return {};
}

Result<void> Stamp(const SqliteFormat& format, sqlite3* db) {
  TL_TRY(Execute(db, fmt::format("PRAGMA application_id={}", format.application_id).c_str()));
  return Execute(db, fmt::format("PRAGMA user_version={}", format.version).c_str());
}

Result<void> Migrate(const SqliteFormat& format, sqlite3* db, int64_t version) {
  for (; version < format.version; ++version) {
    TL_TRY(Execute(db, format.migrations.at(static_cast<size_t>(version - 1)).c_str()));
  }
  return Stamp(format, db);
}

// The first process to get the lock makes or migrates the tables, the others find them. It is
// one transaction: after a crash the file is of the old version or of the new one.
Result<void> CreateOrCheck(const SqliteFormat& format, sqlite3* db, const std::string& path) {
  TL_ASSIGN(auto transaction, SqliteTransaction::Begin(db));
  TL_ASSIGN(const bool empty, IsEmpty(db));
  TL_ASSIGN(const int64_t version, Pragma(db, "user_version"));
  if (!empty || version != 0) {
    TL_TRY(CheckVersion(format, db, path));
    if (version == format.version) return {};
    if (const auto migrated = Migrate(format, db, version); !migrated) {
      return Fail(migrated.error().Within(
          fmt::format("bringing format {} to {}", version, format.version)));
    }
    return transaction.Commit();
  }
  TL_TRY(Execute(db, format.create.c_str()));
  TL_TRY(Stamp(format, db));
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

Result<SqliteConnection> OpenSqliteFile(const SqliteFormat& format, const std::string& path,
                                        const Clock& clock) {
  auto connected = ConnectSqlite(path);
  if (!connected) {
    return Fail(connected.error().code, "{} {}; check that its directory exists and is writable",
                format.name, connected.error().message);
  }
  sqlite3* const db = connected->get();
  // Before WAL is switched on, so that a newer or foreign file is not touched.
  TL_TRY(CreateOrCheck(format, db, path));
  TL_TRY(SwitchToWal(db, clock));
  TL_TRY(Execute(db, "PRAGMA synchronous=FULL"));
  return connected;
}

}  // namespace ticklake
