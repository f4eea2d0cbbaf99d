#include "base/sqlite.h"

#include <utility>

namespace ticklake {
namespace {

// The index of a WAL cannot grow: that is a full disk, too, which SQLite does not say.
bool IsOfFullDisk(int status) {
  return (status & 0xff) == SQLITE_FULL || status == SQLITE_IOERR_SHMSIZE;
}

Code CodeOf(int status) {
  if (IsOfFullDisk(status)) return Code::kUnavailable;
  switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::kCorrupt;
    default: return Code::kIo;
  }
}

const char* AdviceOn(int status) {
  if (IsOfFullDisk(status)) return "; free some space";
  switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "; another process holds it, try again";
    default: return "";
  }
}

}  // namespace

Result<SqliteConnection> ConnectSqlite(const std::string& path) {
  constexpr int kBusyTimeoutMs = 10'000;
  sqlite3* raw = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int status = sqlite3_open_v2(path.c_str(), &raw, kFlags, nullptr);
  SqliteConnection db(raw);
  if (status != SQLITE_OK) {
    return Fail(Code::kIo, "'{}': {}", path, raw ? sqlite3_errmsg(raw) : "out of memory");
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  return db;
}

std::unexpected<Error> SqliteFailure(sqlite3* db, std::string_view doing) {
  const int status = sqlite3_extended_errcode(db);
  const char* file = sqlite3_db_filename(db, "main");
  return Fail(CodeOf(status), "database file '{}': {}: {} (SQLite {}){}", file ? file : "", doing,
              sqlite3_errmsg(db), status, AdviceOn(status));
}

SqliteStatement::SqliteStatement(sqlite3* db, std::string_view sql) : db_(db) {
  sqlite3_stmt* statement = nullptr;
  status_ = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
}

SqliteStatement& SqliteStatement::Bind(std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* data = text.empty() ? "" : text.data();
  if (status_ == SQLITE_OK) {
    status_ = sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_TRANSIENT,
                                  SQLITE_UTF8);
  }
  return *this;
}

SqliteStatement& SqliteStatement::Bind(int64_t value) {
  if (status_ == SQLITE_OK) status_ = sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  if (status_ == SQLITE_OK) {
    status_ = sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_TRANSIENT);
  }
  return *this;
}

Result<bool> SqliteStatement::Step() {
  if (status_ != SQLITE_OK) return SqliteFailure(db_, "preparing a statement");
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return SqliteFailure(db_, "running a statement");
}

void SqliteStatement::Reset() {
  if (!statement_) return;  // was not prepared, and says so at each step
  sqlite3_reset(statement_.get());
  bound_ = 0;
  status_ = SQLITE_OK;
}

std::string SqliteStatement::Text(int column) const {
  const auto* text = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text ? std::string(reinterpret_cast<const char*>(text), size) : std::string();
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string_view SqliteStatement::Blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

SqliteSession::Use SqliteSession::Query(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(sql, SqliteStatement(db_.get(), sql)).first;
  }
  return Use(found->second);
}

Result<SqliteTransaction> SqliteTransaction::Begin(sqlite3* db) {
  TL_TRY(Execute(db, "BEGIN IMMEDIATE"));
  return SqliteTransaction(db);
}

SqliteTransaction::~SqliteTransaction() {
  if (db_ && sqlite3_get_autocommit(db_) == 0)
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> SqliteTransaction::Commit() {
  auto committed = Execute(db_, "COMMIT");
  // Busy leaves the transaction open: the destructor rolls it back, so nothing was committed.
  if (!committed && committed.error().code != Code::kUnavailable) {
    return Fail(Code::kOutcomeUnknown, "{}", committed.error().message);
  }
  return committed;
}

Result<void> Execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return SqliteFailure(db, fmt::format("running '{:.20}'", sql));
  }
  return {};
}

}  // namespace ticklake
