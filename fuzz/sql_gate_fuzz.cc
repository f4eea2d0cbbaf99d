// The gate on any bytes: it accepts or refuses, with a place inside the text. What it accepts,
// DuckDB's parser must take as one query as well.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "query/gate.h"
#include "query/instance.h"

namespace {

using ticklake::query::CheckSql;
using ticklake::query::Connection;
using ticklake::query::Instance;

void Require(bool holds) {
  if (!holds) std::abort();
}

Connection& Parser() {
  static const auto instance =
      Instance::Open({.threads = 1, .lake_root = "", .temp_dir = ""}).value();
  static Connection connection = instance->Connect().value();
  return connection;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const auto statement = CheckSql(sql, Parser());
  if (!statement) {
    const auto& error = statement.error();
    Require(error.code != ticklake::Code::kInternal && !error.message.empty());
    Require((error.line == 0) == (error.column == 0) && error.line >= 0 && error.column >= 0);
    ticklake::query::Caret(sql, error);
    return 0;
  }
  for (const auto& table : statement->tables) {
    Require(!table.database.empty() && table.byte <= sql.size());
  }
  if (statement->kind == ticklake::query::StatementKind::kSelect ||
      statement->kind == ticklake::query::StatementKind::kExplain) {
    Require(CheckSql(statement->sql, Parser()).has_value());
  }
  return 0;
}
