// The part of the gate that walks DuckDB's syntax tree.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>
#include <vector>

#include "query/gate.h"

namespace ticklake::query {

/// Checks one statement's tree (an entry of json_serialize_sql's "statements") and collects
/// the tables it names. `sql` is the text it was made of.
SqlResult<std::vector<TableName>> CheckTree(const boost::json::value& tree, std::string_view sql);

/// The table, if the tree is DESCRIBE of one table by its name; else nullptr.
const boost::json::object* DescribedTable(const boost::json::value& tree);

}  // namespace ticklake::query
