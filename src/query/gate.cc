#include "query/gate.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "query/scanner.h"
#include "query/tree_check.h"

namespace ticklake::query {
namespace {

namespace json = boost::json;

constexpr std::string_view kNextStep =
    "SQL here only reads: use SELECT, SHOW DATABASES, SHOW TABLES [FROM database], DESCRIBE table "
    "or EXPLAIN SELECT";

// First words that DuckDB's parser takes as a query.
constexpr std::array<std::string_view, 9> kQueryWords = {
    "SELECT", "WITH", "FROM", "VALUES", "TABLE", "DESCRIBE", "DESC", "SUMMARIZE", "PIVOT"};

constexpr std::string_view kDescribePrefix =
    "SELECT column_name, column_type, \"null\" AS nullable FROM (";

bool IsQueryWord(const std::string& word) {
  return word == "(" || word == "UNPIVOT" ||
         std::ranges::find(kQueryWords, word) != kQueryWords.end();
}

// NUL would end the text early for DuckDB; the rest keeps positions and messages readable.
SqlResult<void> CheckBytes(std::string_view sql) {
  if (sql.size() > kMaxSqlBytes) {
    return Fail(Code::kInvalid, "SQL text: {} bytes are more than the {} allowed; shorten it",
                sql.size(), kMaxSqlBytes);
  }
  if (const size_t nul = sql.find('\0'); nul != std::string_view::npos) {
    return Fail(ErrorAt(Code::kInvalid, sql, nul, "a NUL byte is not SQL; remove it"));
  }
  if (duckdb_error_data bad = duckdb_valid_utf8_check(sql.data(), sql.size()); bad != nullptr) {
    duckdb_destroy_error_data(&bad);
    return Fail(Code::kInvalid, "SQL text: not UTF-8; send it in UTF-8");
  }
  return {};
}

// Cuts the tokens after the first semicolon; an error if there are any but semicolons.
SqlResult<void> TakeFirstStatement(std::string_view sql, std::vector<Token>& tokens) {
  const auto is_semicolon = [](const Token& token) { return token.kind == TokenKind::kSemicolon; };
  while (!tokens.empty() && is_semicolon(tokens.front())) tokens.erase(tokens.begin());
  const auto end = std::ranges::find_if(tokens, is_semicolon);
  const auto second = std::find_if_not(end, tokens.end(), is_semicolon);
  if (second != tokens.end()) {
    return Fail(ErrorAt(Code::kInvalid, sql, second->begin,
                        "a second statement starts here; send one statement at a time"));
  }
  tokens.erase(end, tokens.end());
  if (tokens.empty())
    return Fail(
        ErrorAt(Code::kInvalid, sql, 0, "there is no statement; write one, such as SHOW TABLES"));
  return {};
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

SqlResult<Statement> ParseShow(std::string_view sql, const std::vector<Token>& tokens) {
  const auto refuse = [&](size_t token) {
    const size_t byte = token < tokens.size() ? tokens[token].begin : tokens.back().end;
    return Fail(ErrorAt(Code::kInvalid, sql, byte,
                        "SHOW takes DATABASES, SCHEMAS, TABLES [FROM database] or PARTITIONS "
                        "table; for the columns of a table use DESCRIBE"));
  };
  Statement statement;
  if (tokens.size() < 2) return refuse(1);
  const std::string what = Spelling(sql, tokens[1]);
  if (what == "DATABASES" || what == "SCHEMAS") {
    statement.kind = StatementKind::kShowDatabases;
    if (tokens.size() > 2) return refuse(2);
    return statement;
  }
  if (what == "PARTITIONS") {
    statement.kind = StatementKind::kShowPartitions;
    const bool qualified = tokens.size() == 5 && sql.substr(tokens[3].begin, 1) == ".";
    if (tokens.size() != 3 && !qualified) return refuse(tokens.size() > 3 ? 3 : 2);
    if (!IsName(tokens[2]) || !IsName(tokens.back())) return refuse(2);
    statement.tables.push_back({qualified ? NameOf(sql, tokens[2]) : std::string(kDefaultDatabase),
                                NameOf(sql, tokens.back()), tokens[2].begin});
    return statement;
  }
  if (what != "TABLES") return refuse(1);
  statement.kind = StatementKind::kShowTables;
  statement.database = kDefaultDatabase;
  statement.database_byte = tokens[1].begin;
  if (tokens.size() == 2) return statement;
  const std::string from = Spelling(sql, tokens[2]);
  if (from != "FROM" && from != "IN") return refuse(2);
  if (tokens.size() < 4 || !IsName(tokens[3])) return refuse(3);
  if (tokens.size() > 4) return refuse(4);
  statement.database = NameOf(sql, tokens[3]);
  statement.database_byte = tokens[3].begin;
  return statement;
}

// DuckDB writes constants such as 1e999 as Infinity, which JSON does not have.
void ZeroNonFinite(std::string& json_text) {
  bool in_string = false;
  for (size_t i = 0; i < json_text.size(); ++i) {
    const char c = json_text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == 'I' || c == 'N')) {
      const size_t size = json_text.compare(i, 8, "Infinity") == 0 ? 8 : 3;
      json_text.replace(i, size, "0");
    }
  }
}

// The tree of `sql`, which must be one query. `shown` is the asker's text for messages, `shift`
// what `sql` has before it.
SqlResult<json::value> Parse(const std::string& sql, Connection& parser) {
  TL_ASSIGN(std::string text,
            parser.Ask("SELECT json_serialize_sql(CAST($1 AS VARCHAR), skip_null := true, "
                       "skip_empty := true)",
                       sql));
  ZeroNonFinite(text);
  json::parse_options options;
  options.max_depth = 10'000;  // DuckDB's own limit on nesting is lower
  boost::system::error_code failed;
  json::value value = json::parse(text, failed, {}, options);
  if (failed || !value.is_object()) {
    return Fail(Code::kInternal, "SQL text: DuckDB's syntax tree is not readable ({})",
                failed.message());
  }
  return value;
}

SqlError NotAQuery(std::string_view sql, const std::vector<Token>& tokens) {
  const std::string word = Spelling(sql, tokens.front());
  if (word == "PIVOT" || word == "UNPIVOT") {
    return ErrorAt(Code::kUnsupported, sql, tokens.front().begin,
                   fmt::format("a {} statement without its values is not supported; write SELECT … "
                               "FROM table PIVOT (… FOR column IN (values))",
                               word));
  }
  if (IsQueryWord(word)) {
    return ErrorAt(Code::kUnsupported, sql, tokens.front().begin,
                   fmt::format("this statement does more than read; {}", kNextStep));
  }
  return ErrorAt(Code::kUnsupported, sql, tokens.front().begin,
                 fmt::format("{} is not allowed; {}", word, kNextStep));
}

const Token* FirstParameter(const std::vector<Token>& tokens) {
  const auto found = std::ranges::find(tokens, TokenKind::kParameter, &Token::kind);
  return found == tokens.end() ? nullptr : &*found;
}

SqlError RefuseParameter(std::string_view sql, const Token& parameter) {
  return ErrorAt(Code::kUnsupported, sql, parameter.begin,
                 "parameters are not supported; write the value itself");
}

// The error inside json_serialize_sql's answer.
SqlError ParseFailure(const json::object& answer, std::string_view sql,
                      const std::vector<Token>& tokens) {
  const auto text = [&](const char* key) {
    const json::value* value = answer.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  };
  const std::string word = Spelling(sql, tokens.front());
  const bool bare_word = tokens.front().kind == TokenKind::kWord && !IsQueryWord(word);
  if (const Token* parameter = FirstParameter(tokens)) return RefuseParameter(sql, *parameter);
  if (text("error_type") == "not implemented") return NotAQuery(sql, tokens);
  // DuckDB is given JSON of the form it writes its own errors in.
  const json::object error = {{"exception_type", "Parser"},
                              {"exception_message", text("error_message")},
                              {"position", text("position")}};
  const DuckError failure = ReadDuckError(json::serialize(error), sql);
  const size_t byte = failure.byte.value_or(tokens.front().begin);
  const bool at_start = byte <= tokens.front().begin;
  return ErrorAt(Code::kInvalid, sql, byte,
                 bare_word && at_start ? fmt::format("{}; {}", failure.error.message, kNextStep)
                                       : failure.error.message);
}

// Parses and checks `statement.sql`, and fills in its tables.
SqlResult<json::value> CheckQuery(Statement& statement, Connection& parser,
                                  const std::vector<Token>& tokens) {
  TL_ASSIGN(json::value answer, Parse(statement.sql, parser));
  const json::object& object = answer.as_object();
  const json::value* error = object.if_contains("error");
  if (error == nullptr || !error->is_bool() || error->as_bool()) {
    return Fail(ParseFailure(object, statement.sql, tokens));
  }
  if (const Token* parameter = FirstParameter(tokens)) {
    return Fail(RefuseParameter(statement.sql, *parameter));
  }
  const json::value* statements = object.if_contains("statements");
  if (statements == nullptr || !statements->is_array() || statements->as_array().size() != 1) {
    return Fail(ErrorAt(Code::kInvalid, statement.sql, 0, "send one statement at a time"));
  }
  json::value tree = statements->as_array()[0];
  TL_ASSIGN(statement.tables, CheckTree(tree, statement.sql));
  return tree;
}

// DESCRIBE of a query: the same query inside one that keeps the columns worth showing.
SqlResult<Statement> WrapDescribe(const Statement& inner, Connection& parser,
                                  const std::vector<Token>& tokens) {
  Statement statement = inner;
  statement.sql = fmt::format("{}{}\n)", kDescribePrefix, inner.sql);
  statement.shift = kDescribePrefix.size();
  TL_TRY(CheckQuery(statement, parser, tokens));  // what runs is what was checked
  for (TableName& table : statement.tables) table.byte -= statement.shift;
  return statement;
}

// EXPLAIN of a query: the query is checked as it would be by itself, at the same place, with blanks
// before it. What runs is EXPLAIN and the text that was checked.
SqlResult<Statement> ParseExplain(std::string_view sql, Connection& parser,
                                  const std::vector<Token>& tokens) {
  const std::vector<Token> query(tokens.begin() + 1, tokens.end());
  const std::string word = query.empty() ? "" : Spelling(sql, query.front());
  // What a parenthesis begins might be options to the one parser and a query to the other.
  if (!IsQueryWord(word) || word == "(" || word == "DESCRIBE" || word == "DESC") {
    return Fail(ErrorAt(Code::kUnsupported, sql, query.empty() ? tokens[0].end : query[0].begin,
                        "EXPLAIN takes a query, and no options: EXPLAIN SELECT …"));
  }
  Statement statement;
  statement.kind = StatementKind::kExplain;
  statement.sql = std::string(sql.substr(0, tokens.back().end));
  std::string explain(sql.substr(tokens[0].begin, tokens[0].end - tokens[0].begin));
  statement.sql.replace(tokens[0].begin, explain.size(), explain.size(), ' ');
  TL_TRY(CheckQuery(statement, parser, query));
  statement.sql.replace(tokens[0].begin, explain.size(), explain);
  return statement;
}

}  // namespace

SqlResult<Statement> CheckSql(std::string_view sql, Connection& parser) {
  TL_TRY(CheckBytes(sql));
  std::vector<Token> tokens = Scan(sql);
  if (tokens.size() > kMaxSqlTokens) {
    return Fail(ErrorAt(Code::kInvalid, sql, tokens[kMaxSqlTokens].begin,
                        fmt::format("more than {} words, numbers and signs; shorten the statement, "
                                    "or put its values into a table",
                                    kMaxSqlTokens)));
  }
  TL_TRY(TakeFirstStatement(sql, tokens));
  const std::string first = Spelling(sql, tokens.front());
  if (first == "SHOW") return ParseShow(sql, tokens);
  if (first == "EXPLAIN") return ParseExplain(sql, parser, tokens);

  Statement statement;
  statement.sql = std::string(sql.substr(0, tokens.back().end));
  TL_ASSIGN(const json::value tree, CheckQuery(statement, parser, tokens));
  if (first != "DESCRIBE" && first != "DESC") return statement;
  if (DescribedTable(tree) == nullptr) return WrapDescribe(statement, parser, tokens);
  statement.kind = StatementKind::kDescribeTable;
  return statement;
}

}  // namespace ticklake::query
