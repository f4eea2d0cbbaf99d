// Owners of DuckDB's handles, and its errors as ours.
//
// Threading: a Connection is used by one thread at a time, but Interrupt may come from any.
// Does not: know what SQL is allowed.
#pragma once

#include <duckdb.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace ticklake::query {

/// An owner of a handle that `destroy` frees.
template <class Handle, auto Destroy>
struct Destroyer {
  using pointer = Handle;  // NOLINT(readability-identifier-naming): unique_ptr looks for it
  void operator()(Handle handle) const { Destroy(&handle); }
};
template <class Handle, auto Destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Handle, Destroy>>;

using DataChunk = Owned<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using LogicalType = Owned<duckdb_logical_type, duckdb_destroy_logical_type>;
using ArrowTypes = Owned<duckdb_arrow_converted_schema, duckdb_destroy_arrow_converted_schema>;

/// What DuckDB said. `byte` is a place in the text it was given, where it knew one.
struct DuckError {
  Error error;
  std::optional<size_t> byte;
  bool interrupted = false;
  bool out_of_memory = false;
  bool fatal = false;  ///< the instance must not be used again
};

/// Takes DuckDB's message apart, which is JSON (setting errors_as_json). `sql` is the text it
/// was given: parser errors count characters, all others bytes.
DuckError ReadDuckError(std::string_view message, std::string_view sql);

template <class T = void>
using DuckResult = std::expected<T, DuckError>;

/// Rows of one statement, a chunk at a time. Destroyed before its connection.
class Rows {
 public:
  Rows() = default;
  Rows(Rows&& other) noexcept;
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  duckdb_result* result() { return &result_; }
  size_t ColumnCount();
  std::string ColumnName(size_t column);
  LogicalType ColumnLogicalType(size_t column);
  /// nullptr after the last one.
  DuckResult<DataChunk> Next();

 private:
  friend class Connection;
  duckdb_result result_{};
  duckdb_prepared_statement statement_ = nullptr;
  std::string sql_;
  bool open_ = false;
};

class Connection {
 public:
  static Result<Connection> Open(duckdb_database database);
  Connection(Connection&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// Runs a statement of ours to its end.
  Result<void> Execute(const std::string& sql);
  /// Prepares and starts one statement; rows arrive as they are computed.
  DuckResult<Rows> Stream(const std::string& sql);
  /// The first value of the first row of a statement with one text parameter.
  Result<std::string> Ask(const char* sql, std::string_view parameter);
  /// Makes whatever runs on this connection fail soon. Safe from any thread.
  void Interrupt() { duckdb_interrupt(handle_); }

  duckdb_connection handle() const { return handle_; }

 private:
  explicit Connection(duckdb_connection handle) : handle_(handle) {}
  duckdb_connection handle_;
};

/// "name" with its quotes doubled, as an identifier; 'text' as a string literal.
std::string QuoteName(std::string_view name);
std::string QuoteText(std::string_view text);

}  // namespace ticklake::query
