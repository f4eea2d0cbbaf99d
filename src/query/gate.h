// The gate: decides, before anything runs, whether a SQL text may, and which tables it reads.
//
// DuckDB's own parser turns the text into a tree (json_serialize_sql takes SELECT and nothing
// else); every node of it must be of a kind, every function of a name, that is on a list. What
// is not known is refused. SHOW is answered without DuckDB.
// Threading: one connection, one thread. Invariants: the text that runs is the text that was
// checked. Does not: know which tables exist.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "query/duck.h"
#include "query/sql_error.h"

namespace ticklake::query {

/// Bytes of SQL that are taken at most.
inline constexpr size_t kMaxSqlBytes = 1 << 20;
/// Words, numbers and signs of SQL that are taken at most: each takes kilobytes while it is
/// checked.
inline constexpr size_t kMaxSqlTokens = 50'000;

/// The database of tables that are named without one.
inline constexpr std::string_view kDefaultDatabase = "market";

/// A table that the text names, in lower case.
struct TableName {
  std::string database;
  std::string name;
  size_t byte = 0;  ///< where, in the text

  bool SameTable(const TableName& other) const {
    return database == other.database && name == other.name;
  }
};

enum class StatementKind {
  kSelect,  ///< `sql` is to be run
  kShowDatabases,
  kShowTables,      ///< of `database`
  kShowPartitions,  ///< of tables[0]
  kDescribeTable,   ///< of tables[0]; `sql` is not to be run
  kExplain,         ///< `sql` is to be run, and answers with a plan
};

struct Statement {
  StatementKind kind = StatementKind::kSelect;
  std::string sql;                ///< kSelect: what DuckDB is given
  size_t shift = 0;               ///< bytes that `sql` has before the asker's text
  std::vector<TableName> tables;  ///< each once
  std::string database;           ///< kShowTables
  size_t database_byte = 0;       ///< kShowTables: where it is named
};

/// Checks a text. `parser` is only asked to parse. Errors: kInvalid (not SQL, or several
/// statements), kUnsupported (SQL, but not allowed); both with a position.
SqlResult<Statement> CheckSql(std::string_view sql, Connection& parser);

}  // namespace ticklake::query
