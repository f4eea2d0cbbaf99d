#include "query/tree_check.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <set>

#include "base/ascii.h"
#include "query/function_list.h"
#include "query/scanner.h"

namespace ticklake::query {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 16> kExpressions = {"BETWEEN",     "CASE",
                                                           "CAST",        "COLLATE",
                                                           "COLUMN_REF",  "COMPARISON",
                                                           "CONJUNCTION", "CONSTANT",
                                                           "DEFAULT",     "FUNCTION",
                                                           "LAMBDA",      "LAMBDA_REF",
                                                           "OPERATOR",    "POSITIONAL_REFERENCE",
                                                           "STAR",        "SUBQUERY"};

// Query nodes, table references and modifiers that need no check but that of their parts.
constexpr std::array<std::string_view, 15> kPlainNodes = {"SELECT_NODE",
                                                          "SET_OPERATION_NODE",
                                                          "RECURSIVE_CTE_NODE",
                                                          "CTE_NODE",
                                                          "EMPTY",
                                                          "SUBQUERY",
                                                          "JOIN",
                                                          "EXPRESSION_LIST",
                                                          "PIVOT",
                                                          "DISTINCT_MODIFIER",
                                                          "ORDER_MODIFIER",
                                                          "LIMIT_MODIFIER",
                                                          "LIMIT_PERCENT_MODIFIER",
                                                          "ORDER_DEFAULT",
                                                          "ASCENDING"};

constexpr std::array<std::string_view, 4> kSystemSchemas = {"information_schema", "pg_catalog",
                                                            "main", "temp"};

template <size_t N>
bool Contains(const std::array<std::string_view, N>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

std::string_view TextAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->as_string())
                                                : std::string_view();
}

class Walker {
 public:
  explicit Walker(std::string_view sql) : sql_(sql) {}

  SqlResult<void> Visit(const json::value& value) {
    if (value.is_array()) {
      for (const json::value& item : value.as_array()) TL_TRY(Visit(item));
      return {};
    }
    if (!value.is_object()) return {};
    const json::object& object = value.as_object();
    const size_t outer = byte_;
    if (const json::value* at = object.if_contains("query_location")) NoteLocation(*at);
    TL_TRY(VisitObject(object));
    byte_ = outer;
    return {};
  }

  std::vector<TableName> TakeTables() { return std::move(tables_); }

 private:
  void NoteLocation(const json::value& at) {
    boost::system::error_code failed;
    const auto byte = at.to_number<uint64_t>(failed);
    if (!failed && byte <= sql_.size()) byte_ = byte;
  }

  template <class... Args>
  std::unexpected<SqlError> Refuse(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(
        ErrorAt(Code::kUnsupported, sql_, byte_, fmt::format(format, std::forward<Args>(args)...)));
  }

  SqlResult<void> VisitObject(const json::object& object) {
    const std::string_view expression = TextAt(object, "class");
    if (!expression.empty()) return VisitExpression(object, expression);
    const std::string_view type = TextAt(object, "type");
    if (type == "BASE_TABLE") return VisitTable(object);
    if (type == "TABLE_FUNCTION") return VisitTableFunction(object);
    if (type == "SHOW_REF" && !object.contains("query")) {
      return RefuseShow();
    }
    if (type == "RECURSIVE_CTE_NODE") return VisitNamedQuery(object, "right");
    if (type == "CTE_NODE") return VisitNamedQuery(object, "child");
    const bool known = type.empty() || type == "SHOW_REF" || type == "DESCENDING" ||
                       type.ends_with("_TYPE_INFO") || Contains(kPlainNodes, type);
    if (!known) return Refuse("{} is not supported here; write it as a plain SELECT", type);
    return VisitParts(object);
  }

  // All values; names that a WITH clause gives are known in everything that follows it.
  SqlResult<void> VisitParts(const json::object& object) {
    const size_t names = with_.size();
    if (const json::value* with = object.if_contains("cte_map")) TL_TRY(VisitWith(*with));
    for (const auto& part : object) {
      if (part.key() != "cte_map") TL_TRY(Visit(part.value()));
    }
    with_.resize(names);
    return {};
  }

  SqlResult<void> VisitWith(const json::value& with) {
    const json::value* map = with.is_object() ? with.as_object().if_contains("map") : nullptr;
    if (map == nullptr || !map->is_array()) return Visit(with);
    for (const json::value& entry : map->as_array()) {
      TL_TRY(Visit(entry));  // may name those before it
      if (entry.is_object()) with_.push_back(AsciiLower(TextAt(entry.as_object(), "key")));
    }
    return {};
  }

  // Only the part that uses the name may: in the other, DuckDB would look for a table.
  SqlResult<void> VisitNamedQuery(const json::object& object, std::string_view user) {
    const size_t names = with_.size();
    if (const json::value* with = object.if_contains("cte_map")) TL_TRY(VisitWith(*with));
    for (const auto& part : object) {
      if (part.key() == "cte_map") continue;
      const bool uses = part.key() == user;
      if (uses) with_.push_back(AsciiLower(TextAt(object, "cte_name")));
      TL_TRY(Visit(part.value()));
      if (uses) with_.pop_back();
    }
    with_.resize(names);
    return {};
  }

  SqlResult<void> VisitExpression(const json::object& object, std::string_view expression) {
    if (expression == "CONSTANT") return {};
    if (expression == "FUNCTION" || expression == "WINDOW") {
      TL_TRY(CheckFunction(object));
      return VisitParts(object);
    }
    if (!Contains(kExpressions, expression)) {
      return Refuse("this kind of expression ({}) is not supported", expression);
    }
    return VisitParts(object);
  }

  // SHOW, or DESCRIBE and SUMMARIZE of nothing. DuckDB's tree has no location for them.
  std::unexpected<SqlError> RefuseShow() {
    for (const Token& token : Scan(sql_)) {
      const std::string word = Spelling(sql_, token);
      if (word != "SHOW" && word != "DESCRIBE" && word != "DESC" && word != "SUMMARIZE") continue;
      byte_ = token.begin;
      if (word != "SHOW")
        return Refuse("{} needs a table or a query: {} market.trades", word, word);
      break;
    }
    return Refuse("SHOW stands only at the start of a statement; use SHOW TABLES by itself");
  }

  SqlResult<void> CheckFunction(const json::object& object) const {
    const std::string_view name = TextAt(object, "function_name");
    const std::string_view schema = TextAt(object, "schema");
    const std::string_view catalog = TextAt(object, "catalog");
    const bool builtin = (catalog.empty() || catalog == "system") &&
                         (schema.empty() || schema == "main" || schema == "pg_catalog");
    if (builtin && IsAllowedFunction(name)) return {};
    return RefuseFunction(name);
  }

  SqlResult<void> RefuseFunction(std::string_view name) const {
    if (IsRefusedFunction(name)) {
      return Refuse(
          "function {}() is not allowed: SQL here reaches nothing but the tables of the lake; "
          "SHOW TABLES lists them",
          AsciiLower(name));
    }
    return Refuse("function {}() does not exist; docs/sql.md lists those that do",
                  AsciiLower(name));
  }

  SqlResult<void> VisitTableFunction(const json::object& object) {
    const json::value* function = object.if_contains("function");
    if (function == nullptr || !function->is_object())
      return Refuse("a function in FROM without a name");
    const json::object& call = function->as_object();
    const std::string_view name = TextAt(call, "function_name");
    const bool plain = TextAt(call, "schema").empty() && TextAt(call, "catalog").empty();
    if (!plain || !IsAllowedTableFunction(name)) return RefuseFunction(name);
    TL_TRY(VisitParts(call));
    for (const auto& part : object) {
      if (part.key() != "function") TL_TRY(Visit(part.value()));
    }
    return {};
  }

  SqlResult<void> VisitTable(const json::object& object) {
    const std::string_view written = TextAt(object, "table_name");
    TableName table{AsciiLower(TextAt(object, "schema_name")), AsciiLower(written), byte_};
    if (object.contains("at_clause")) {
      return Refuse("AT (time travel) is not supported; leave it out");
    }
    if (!TextAt(object, "catalog_name").empty()) {
      return Refuse("table names have two parts, database.table; leave out '{}'",
                    TextAt(object, "catalog_name"));
    }
    if (Contains(kSystemSchemas, table.database)) {
      return Refuse("'{}' is no database of the lake; use SHOW DATABASES, SHOW TABLES or DESCRIBE",
                    table.database);
    }
    if (table.database.empty()) {
      if (std::ranges::find(with_, table.name) != with_.end()) return {};
      table.database = kDefaultDatabase;
    }
    const auto same = [&](const TableName& other) { return other.SameTable(table); };
    if (std::ranges::none_of(tables_, same)) tables_.push_back(std::move(table));
    return {};
  }

  std::string_view sql_;
  size_t byte_ = 0;                // of the innermost node that has a location
  std::vector<std::string> with_;  // names of WITH queries in scope
  std::vector<TableName> tables_;
};

}  // namespace

SqlResult<std::vector<TableName>> CheckTree(const json::value& tree, std::string_view sql) {
  Walker walker(sql);
  TL_TRY(walker.Visit(tree));
  return walker.TakeTables();
}

const json::object* DescribedTable(const json::value& tree) {
  // {node: {from_table: {SHOW_REF, query: {from_table: {BASE_TABLE}}}}}, with nothing else inside.
  const auto inner = [](const json::object* object, std::string_view key) -> const json::object* {
    const json::value* value = object == nullptr ? nullptr : object->if_contains(key);
    return value != nullptr && value->is_object() ? &value->as_object() : nullptr;
  };
  const json::object* node = inner(tree.if_object(), "node");
  const json::object* show = inner(node, "from_table");
  if (show == nullptr || TextAt(*show, "type") != "SHOW_REF") return nullptr;
  const json::object* query = inner(show, "query");
  const json::object* table = inner(query, "from_table");
  if (table == nullptr || TextAt(*table, "type") != "BASE_TABLE") return nullptr;
  const json::value* columns = query->if_contains("select_list");
  if (columns == nullptr || !columns->is_array() || columns->as_array().size() != 1) return nullptr;
  const json::object* star = columns->as_array()[0].if_object();
  const json::value* at = star == nullptr ? nullptr : star->if_contains("query_location");
  boost::system::error_code failed;
  // DuckDB adds the star of DESCRIBE table itself: it has no place in the text.
  const bool added =
      at != nullptr && at->to_number<uint64_t>(failed) == std::numeric_limits<uint64_t>::max();
  return added && !failed ? table : nullptr;
}

}  // namespace ticklake::query
