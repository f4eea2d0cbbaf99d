// A thin wrapper of SQLite's C interface: a connection, statements, transactions.
//
// Threading: a connection belongs to whoever holds its lock (catalog/sqlite_catalog.cc has one
// mutex). Errors keep the primary result code, so that callers can tell "busy" from "broken".
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake {

/// kUnavailable for busy and locked, kCorrupt for no or a broken database, kIo otherwise.
std::unexpected<Error> SqliteFailure(sqlite3* db, std::string_view doing);

class SqliteStatement {
 public:
  SqliteStatement(sqlite3* db, std::string_view sql);

  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& Bind(int64_t value);
  /// True when there is a row, false at the end.
  Result<bool> Step();
  std::string Text(int column) const;
  int64_t Int(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  int status_ = SQLITE_OK;
};

/// BEGIN IMMEDIATE; rolled back by the destructor unless Commit ran.
class SqliteTransaction {
 public:
  static Result<SqliteTransaction> Begin(sqlite3* db);
  SqliteTransaction(SqliteTransaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(SqliteTransaction&&) = delete;
  ~SqliteTransaction();
  /// kUnavailable: certainly not committed. kOutcomeUnknown: any other failure.
  Result<void> Commit();

 private:
  explicit SqliteTransaction(sqlite3* db) : db_(db) {}
  sqlite3* db_;
};

Result<void> Execute(sqlite3* db, const char* sql);

}  // namespace ticklake
