// Which tables a statement names in FROM, and under which aliases, as far as tokens tell.
//
// Threading: pure functions. Does not: understand subqueries' scopes; all names of the statement
// count everywhere in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/scanner.h"

namespace ticklake::cli {

struct NamedTable {
  std::string database;  ///< in lower case, as all three
  std::string table;
  std::string alias;  ///< "" if it has none
};

std::vector<NamedTable> FindNamedTables(std::string_view sql,
                                        const std::vector<query::Token>& tokens);

/// True for the words that a table's name follows: FROM and JOIN, and as the statement's first
/// word DESCRIBE and its like.
bool TakesTable(std::string_view upper_word, bool first);

}  // namespace ticklake::cli
