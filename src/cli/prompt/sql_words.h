// The words of SQL that completion offers.
#pragma once

#include <array>
#include <string_view>

namespace ticklake::cli {

/// What a statement may begin with.
inline constexpr auto kFirstWords =
    std::to_array<std::string_view>({"SELECT", "FROM", "WITH", "SHOW TABLES", "SHOW DATABASES",
                                     "DESCRIBE", "SUMMARIZE", "VALUES", "TABLE"});

/// What may follow.
inline constexpr auto kKeywords = std::to_array<std::string_view>(
    {"ALL",        "AND",          "ANTI",      "ANY",       "AS",           "ASC",
     "ASOF",       "AT TIME ZONE", "BETWEEN",   "BY",        "CASE",         "CAST",
     "CROSS",      "CURRENT ROW",  "DATE",      "DESC",      "DISTINCT",     "ELSE",
     "END",        "EXCEPT",       "EXCLUDE",   "EXISTS",    "FALSE",        "FILTER",
     "FIRST",      "FOLLOWING",    "FROM",      "FULL",      "GROUP BY",     "HAVING",
     "ILIKE",      "IN",           "INNER",     "INTERSECT", "INTERVAL",     "IS",
     "JOIN",       "LAST",         "LATERAL",   "LEFT",      "LIKE",         "LIMIT",
     "NATURAL",    "NOT",          "NULL",      "NULLS",     "OFFSET",       "ON",
     "OR",         "ORDER BY",     "OUTER",     "OVER",      "PARTITION BY", "PIVOT",
     "POSITIONAL", "PRECEDING",    "QUALIFY",   "RANGE",     "RECURSIVE",    "REPLACE",
     "RIGHT",      "ROWS",         "SELECT",    "SEMI",      "TABLESAMPLE",  "THEN",
     "TIMESTAMP",  "TRUE",         "UNBOUNDED", "UNION",     "UNPIVOT",      "USING",
     "VALUES",     "WHEN",         "WHERE",     "WINDOW",    "WITH"});

}  // namespace ticklake::cli
