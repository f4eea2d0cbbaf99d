// A thin wrapper of SQLite's C interface: a connection, statements, transactions.
//
// Threading: a connection belongs to whoever holds its lock (catalog/sqlite_catalog.cc has one
// mutex). Errors keep the primary result code, so that callers can tell "busy" and "full" from
// "broken".
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace ticklake {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using SqliteConnection = std::unique_ptr<sqlite3, CloseSqlite>;

/// Opens a file, or makes an empty one; waits up to ten seconds for other processes' locks.
/// base/sqlite_file.h opens one of a known format. kIo, with the path first in its message.
Result<SqliteConnection> ConnectSqlite(const std::string& path);

/// kUnavailable for busy, locked and a full disk, kCorrupt for no or a broken database, kIo
/// otherwise.
std::unexpected<Error> SqliteFailure(sqlite3* db, std::string_view doing);

class SqliteStatement {
 public:
  SqliteStatement(sqlite3* db, std::string_view sql);

  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& Bind(int64_t value);
  SqliteStatement& BindBlob(std::string_view bytes);
  /// True when there is a row, false at the end.
  Result<bool> Step();
  /// Ready to be bound and stepped again.
  void Reset();
  std::string Text(int column) const;
  int64_t Int(int column) const;
  bool IsNull(int column) const;
  /// Until the next step.
  std::string_view Blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  int status_ = SQLITE_OK;
};

/// A connection whose statements are prepared once and used again.
class SqliteSession {
 public:
  explicit SqliteSession(SqliteConnection db) : db_(std::move(db)) {}

  /// A statement in use; reset at the end, so that it holds no snapshot.
  class Use {
   public:
    explicit Use(SqliteStatement& statement) : statement_(&statement) {}
    Use(Use&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (statement_ != nullptr) statement_->Reset();
    }
    SqliteStatement* operator->() const { return statement_; }

   private:
    SqliteStatement* statement_;
  };

  /// `sql` is a literal: it is known by its address. One use of a literal at a time.
  Use Query(const char* sql);
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  int64_t changes() const { return sqlite3_changes64(db_.get()); }
  sqlite3* get() const { return db_.get(); }

 private:
  SqliteConnection db_;
  std::map<const char*, SqliteStatement> statements_;
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
