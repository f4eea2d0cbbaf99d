#include "query/duck.h"

#include <boost/json.hpp>
#include <charconv>

namespace ticklake::query {
namespace {

namespace json = boost::json;

std::string_view TextAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->as_string())
                                                : std::string_view();
}

Code CodeOf(std::string_view type) {
  if (type == "INTERRUPT") return Code::kCancelled;
  if (type == "IO") return Code::kIo;
  if (type == "Not implemented" || type == "Permission" || type == "Out of Memory")
    return Code::kUnsupported;
  if (type == "INTERNAL" || type == "FATAL") {
    return Code::kInternal;
  }
  return Code::kInvalid;
}

// The byte of the nth character.
size_t ByteOfCharacter(std::string_view text, size_t nth) {
  size_t byte = 0;
  for (; byte < text.size(); ++byte) {
    if ((static_cast<unsigned char>(text[byte]) & 0xC0) == 0x80) continue;
    if (nth-- == 0) break;
  }
  return byte;
}

std::optional<size_t> PlaceOf(const json::object& error, bool in_characters, std::string_view sql) {
  const std::string_view text = TextAt(error, "position");
  size_t position = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), position).ec != std::errc{}) {
    return std::nullopt;
  }
  if (in_characters) return ByteOfCharacter(sql, position);
  return position <= sql.size() ? std::optional(position) : std::nullopt;
}

std::unexpected<DuckError> DuckFail(const char* message, std::string_view sql) {
  return std::unexpected(ReadDuckError(message == nullptr ? "" : message, sql));
}

// Of what the engine asks for itself, which needs next to no memory.
Error OwnError(std::string_view message) {
  const DuckError error = ReadDuckError(message, "");
  if (!error.out_of_memory) return error.error;
  return {Code::kUnavailable,
          fmt::format("query engine: other queries have all of its memory; try again ({})",
                      error.error.message.substr(0, error.error.message.find('\n')))};
}

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += c;
    out += c;
  }
  return out + quote;
}

}  // namespace

DuckError ReadDuckError(std::string_view message, std::string_view sql) {
  DuckError result;
  result.error = {Code::kInternal, std::string(message)};
  const size_t brace = message.find('{');
  if (brace == std::string_view::npos) return result;
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(message.substr(brace)), failed);
  if (failed || !value.is_object()) return result;
  const json::object& object = value.as_object();
  const std::string_view type = TextAt(object, "exception_type");
  result.error.code = CodeOf(type);
  result.error.message = TextAt(object, "exception_message");
  result.byte = PlaceOf(object, type == "Parser", sql);
  result.interrupted = type == "INTERRUPT";
  result.out_of_memory = type == "Out of Memory";
  result.fatal = result.error.code == Code::kInternal;
  return result;
}

Rows::Rows(Rows&& other) noexcept
    : result_(other.result_),
      statement_(other.statement_),
      sql_(std::move(other.sql_)),
      open_(std::exchange(other.open_, false)) {
  other.statement_ = nullptr;
}

Rows::~Rows() {
  if (open_) duckdb_destroy_result(&result_);
  if (statement_ != nullptr) duckdb_destroy_prepare(&statement_);
}

size_t Rows::ColumnCount() { return duckdb_column_count(&result_); }

std::string Rows::ColumnName(size_t column) { return duckdb_column_name(&result_, column); }

LogicalType Rows::ColumnLogicalType(size_t column) {
  return LogicalType(duckdb_column_logical_type(&result_, column));
}

DuckResult<DataChunk> Rows::Next() {
  DataChunk chunk(duckdb_fetch_chunk(result_));
  if (chunk != nullptr) return chunk;
  const char* error = duckdb_result_error(&result_);
  if (error != nullptr && *error != '\0') return DuckFail(error, sql_);
  return chunk;
}

Result<Connection> Connection::Open(duckdb_database database) {
  duckdb_connection handle = nullptr;
  if (duckdb_connect(database, &handle) != DuckDBSuccess) {
    return Fail(Code::kInternal, "query engine: cannot open a connection to DuckDB");
  }
  return Connection(handle);
}

Connection::~Connection() {
  if (handle_ != nullptr) duckdb_disconnect(&handle_);
}

Result<void> Connection::Execute(const std::string& sql) {
  duckdb_result result{};
  const duckdb_state state = duckdb_query(handle_, sql.c_str(), &result);
  Result<void> outcome;
  if (state != DuckDBSuccess) {
    const char* message = duckdb_result_error(&result);
    outcome = Fail(OwnError(message == nullptr ? "" : message));
  }
  duckdb_destroy_result(&result);
  return outcome;
}

DuckResult<Rows> Connection::Stream(const std::string& sql) {
  Rows rows;
  rows.sql_ = sql;
  if (duckdb_prepare(handle_, sql.c_str(), &rows.statement_) != DuckDBSuccess) {
    return DuckFail(duckdb_prepare_error(rows.statement_), sql);
  }
  // Named as deprecated in DuckDB's header, without another way to stream through its C API.
  rows.open_ = true;
  if (duckdb_execute_prepared_streaming(rows.statement_, &rows.result_) != DuckDBSuccess) {
    return DuckFail(duckdb_result_error(&rows.result_), sql);
  }
  return rows;
}

Result<std::string> Connection::Ask(const char* sql, std::string_view parameter) {
  duckdb_prepared_statement statement = nullptr;
  duckdb_result result{};
  bool ok = duckdb_prepare(handle_, sql, &statement) == DuckDBSuccess;
  ok = ok && duckdb_bind_varchar_length(statement, 1, parameter.data(), parameter.size()) ==
                 DuckDBSuccess;
  ok = ok && duckdb_execute_prepared(statement, &result) == DuckDBSuccess;
  Result<std::string> answer;
  if (const DataChunk chunk(ok ? duckdb_fetch_chunk(result) : nullptr); chunk != nullptr) {
    auto* value = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
    answer = std::string(duckdb_string_t_data(value), duckdb_string_t_length(*value));
  } else {
    const char* message = duckdb_result_error(&result);
    if (message == nullptr) message = duckdb_prepare_error(statement);
    answer = Fail(OwnError(message == nullptr ? "query engine: no answer" : message));
  }
  duckdb_destroy_result(&result);
  duckdb_destroy_prepare(&statement);
  return answer;
}

std::string QuoteName(std::string_view name) { return Quoted(name, '"'); }
std::string QuoteText(std::string_view text) { return Quoted(text, '\''); }

}  // namespace ticklake::query
