#include "query/execution.h"

#include <fmt/ranges.h>
#include <algorithm>

#include "query/name_hint.h"
#include "query/query_catalog.h"
#include "query/results/value_text.h"

namespace ticklake::query {
namespace {

using std::chrono::milliseconds;

using TextRow = std::vector<std::string>;

std::string Joined(const TextRow& cells, std::string (*quote)(std::string_view)) {
  std::string text;
  for (const std::string& cell : cells) text += (text.empty() ? "" : ", ") + quote(cell);
  return text;
}

std::vector<TextRow> OneColumn(const std::vector<std::string>& cells) {
  std::vector<TextRow> rows;
  rows.reserve(cells.size());
  for (const std::string& cell : cells) rows.push_back({cell});
  return rows;
}

// A SELECT of text constants: what SHOW and DESCRIBE answer goes the same way as all rows.
std::string TextRows(const TextRow& columns, const std::vector<TextRow>& rows) {
  std::string values;
  for (const TextRow& row : rows) {
    values += (values.empty() ? "(" : ", (") + Joined(row, QuoteText) + ')';
  }
  const bool none = rows.empty();
  if (none) values = '(' + Joined(TextRow(columns.size()), QuoteText) + ')';
  return fmt::format("SELECT * FROM (VALUES {}) AS t({}){}", values, Joined(columns, QuoteName),
                     none ? " WHERE false" : "");
}

std::string DidYouMean(const std::vector<std::string>& near) {
  if (near.empty()) return "";
  return fmt::format("did you mean {}? ", fmt::join(near, " or "));
}

// The columns of a table: types as DuckDB spells them, nullability as the lake knows it.
std::string DescribeQuery(const lake::TableView& view) {
  std::string required = "''";
  for (const auto& field : view.schema.fields) {
    if (field.required) required += ", " + QuoteText(field.name);
  }
  return fmt::format(
      "SELECT column_name, column_type, CASE WHEN column_name IN ({}) THEN 'NO' ELSE 'YES' END AS "
      "nullable FROM (DESCRIBE SELECT * FROM {}.{})",
      required, QuoteName(view.database), QuoteName(view.name));
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

SqlResult<RunStats> Execution::Run(ResultWriter& writer) {
  TL_ASSIGN(Statement statement, CheckSql(sql_, connection_));
  switch (statement.kind) {
    case StatementKind::kSelect:
    case StatementKind::kExplain: return Select(statement, writer);
    case StatementKind::kShowDatabases: {
      TL_ASSIGN(statement.sql, ShowDatabases());
      break;
    }
    case StatementKind::kShowTables: {
      TL_ASSIGN(statement.sql, ShowTables(statement));
      break;
    }
    case StatementKind::kShowPartitions: {
      TL_ASSIGN(statement.sql, ShowPartitions(statement));
      break;
    }
    case StatementKind::kDescribeTable: return Select(statement, writer);
  }
  TL_TRY(Stream(statement, writer));
  return std::move(stats_);
}

SqlResult<RunStats> Execution::Select(Statement& statement, ResultWriter& writer) {
  TL_ASSIGN(const std::vector<lake::TableView> views, GetViews(statement));
  QueryCatalog catalog(connection_, set_.instance, set_.id);
  TL_TRY(catalog.Open());
  for (const lake::TableView& view : views) {
    if (!view.note.empty()) stats_.notes.push_back(view.note);
    TL_TRY(catalog.AddTable(view));
    set_.instance.NoteFiles(view);
    if (statement.kind == StatementKind::kDescribeTable) statement.sql = DescribeQuery(view);
  }
  if (statement.kind == StatementKind::kExplain) {
    TL_ASSIGN(statement.sql, PlanOf(statement));
  }
  TL_TRY(Stream(statement, writer));
  return std::move(stats_);
}

SqlResult<std::vector<lake::TableView>> Execution::GetViews(const Statement& statement) {
  std::vector<lake::TableView> views;
  for (const TableName& table : statement.tables) {
    TL_ASSIGN(lake::TableView view, GetView(table));
    for (const std::string& directory : view.directories) {
      if (!set_.instance.Reaches(directory)) beyond_reach_.push_back(directory);
    }
    views.push_back(std::move(view));
  }
  if (beyond_reach_.empty()) return views;
  return Fail(Code::kInternal, "query: DuckDB may not read '{}' yet", beyond_reach_.front());
}

SqlResult<void> Execution::Stream(const Statement& statement, ResultWriter& writer) {
  if (const auto stopped = set_.watch.Stopped()) return Fail(*stopped);
  DuckResult<Rows> rows = connection_.Stream(statement.sql);
  if (!rows) return Fail(Explain(rows.error(), statement.shift));
  TL_ASSIGN(const std::vector<Column> columns, ReadColumns(*rows));
  TL_TRY(writer.Begin({columns, rows->result()}));
  while (true) {
    DuckResult<DataChunk> chunk = rows->Next();
    if (!chunk) return Fail(Explain(chunk.error(), statement.shift));
    if (const auto stopped = set_.watch.Stopped()) return Fail(*stopped);
    if (*chunk == nullptr) break;
    stats_.rows += duckdb_data_chunk_get_size(chunk->get());
    TL_TRY(writer.Write(chunk->get()));
  }
  TL_TRY(writer.End());
  return {};
}

SqlResult<std::string> Execution::PlanOf(const Statement& statement) {
  DuckResult<Rows> rows = connection_.Stream(statement.sql);
  if (!rows) return Fail(Explain(rows.error(), statement.shift));
  TL_ASSIGN(const std::vector<Column> columns, ReadColumns(*rows));
  std::vector<TextRow> lines;
  while (true) {
    DuckResult<DataChunk> chunk = rows->Next();
    if (!chunk) return Fail(Explain(chunk.error(), statement.shift));
    if (*chunk == nullptr) break;
    const size_t last = columns.size() - 1;  // what comes before it is the plan's name
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk->get()); ++row) {
      std::string plan;
      AppendText({columns[last].type, duckdb_data_chunk_get_vector(chunk->get(), last), row}, plan);
      for (size_t at = 0; at < plan.size();) {
        const size_t end = std::min(plan.find('\n', at), plan.size());
        lines.push_back({plan.substr(at, end - at)});
        at = end + 1;
      }
    }
  }
  return TextRows({"plan"}, lines);
}

Result<std::vector<Column>> Execution::ReadColumns(Rows& rows) {
  std::vector<Column> columns;
  for (size_t c = 0; c < rows.ColumnCount(); ++c) {
    columns.push_back({rows.ColumnName(c), ColumnType::From(rows.ColumnLogicalType(c).get())});
    if (!columns.back().type.IsWritable()) {
      return Fail(Code::kUnsupported,
                  "column '{}': values of its type have no text; CAST it to VARCHAR",
                  columns.back().name);
    }
  }
  return columns;
}

SqlResult<std::string> Execution::ShowDatabases() {
  TL_ASSIGN(const std::vector<std::string> names, set_.source.Databases());
  return TextRows({"database_name"}, OneColumn(names));
}

SqlResult<std::string> Execution::ShowTables(const Statement& statement) {
  TL_ASSIGN(const std::vector<std::string> databases, set_.source.Databases());
  const bool known = Has(databases, statement.database) || statement.database == kDefaultDatabase;
  if (!known) return Fail(UnknownDatabase(statement.database, statement.database_byte));
  if (!Has(databases, statement.database)) return TextRows({"name"}, {});  // nothing in it yet
  TL_ASSIGN(const std::vector<std::string> names, set_.source.Tables(statement.database));
  return TextRows({"name"}, OneColumn(names));
}

SqlResult<std::string> Execution::ShowPartitions(const Statement& statement) {
  const TableName& table = statement.tables.front();
  TL_ASSIGN(const lake::TableView view, GetView(table));
  if (!view.hive || view.hive->layout.partition_keys.empty()) {
    return Fail(
        ErrorAt(Code::kInvalid, sql_, table.byte,
                fmt::format("table '{}.{}' has no Hive partitions", table.database, table.name)));
  }
  std::vector<std::string> names;
  for (const auto& values : view.hive->partitions) {
    std::string& name = names.emplace_back();
    for (size_t k = 0; k < values.size(); ++k) {
      name += (k == 0 ? "" : "/") + view.hive->layout.partition_keys[k].name + '=' + values[k];
    }
  }
  return TextRows({"partition"}, OneColumn(names));
}

SqlResult<lake::TableView> Execution::GetView(const TableName& table) {
  if (const auto stopped = set_.watch.Stopped()) return Fail(*stopped);
  const auto spent =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
  const milliseconds left =
      std::max(milliseconds(1), std::min(set_.options.patience - spent, set_.watch.Left()));
  Result<lake::TableView> view =
      set_.source.View(table.database, table.name, {left, set_.watch.Cancel()});
  if (view) {
    view->database = table.database;  // as the gate found it; DuckDB ignores case anyway
    view->name = table.name;
    return std::move(*view);
  }
  if (view.error().code == Code::kNotFound) return Fail(UnknownTable(table));
  return Fail(std::move(view).error());
}

SqlError Execution::UnknownDatabase(const std::string& database, size_t byte) {
  const auto databases = set_.source.Databases();
  const auto near = NearNames(database, databases.value_or(std::vector<std::string>{}));
  return ErrorAt(Code::kNotFound, sql_, byte,
                 fmt::format("database '{}' does not exist; {}SHOW DATABASES lists them", database,
                             DidYouMean(near)));
}

SqlError Execution::UnknownTable(const TableName& table) {
  const auto databases = set_.source.Databases().value_or(std::vector<std::string>{});
  if (!Has(databases, table.database) && table.database != kDefaultDatabase) {
    return UnknownDatabase(table.database, table.byte);
  }
  std::vector<std::string> near;
  const auto names = set_.source.Tables(table.database).value_or(std::vector<std::string>{});
  for (const std::string& name : NearNames(table.name, names)) {
    near.push_back(table.database + '.' + name);
  }
  for (const std::string& database : databases) {  // the right name in another database
    if (database == table.database) continue;
    const auto others = set_.source.Tables(database).value_or(std::vector<std::string>{});
    if (Has(others, table.name)) near.push_back(database + '.' + table.name);
  }
  const bool like_file = table.name.find_first_of("./*") != std::string::npos;
  return ErrorAt(
      Code::kNotFound, sql_, table.byte,
      fmt::format("table '{}.{}' does not exist{}; {}SHOW TABLES{} lists them", table.database,
                  table.name, like_file ? ", and files cannot be queried by name" : "",
                  DidYouMean(near),
                  table.database == kDefaultDatabase ? "" : " FROM " + table.database));
}

SqlError Execution::Explain(const DuckError& error, size_t shift) {
  broken_ = broken_ || error.fatal;
  if (error.interrupted) {
    if (const auto stopped = set_.watch.Stopped()) return *stopped;
    // By DuckDB itself, which stops all threads when one fails, and now and then tells that first.
    return Error{Code::kInvalid,
                 "query: one of its threads failed, and only that the others were stopped is told; "
                 "run it again to see why"};
  }
  if (error.out_of_memory) {
    return Error{Code::kUnsupported,
                 fmt::format("query: it needs more memory than the {} MiB it may use; ask for "
                             "less, or raise the limit ({})",
                             set_.options.memory_limit >> 20,
                             error.error.message.substr(0, error.error.message.find('\n')))};
  }
  if (!error.byte || *error.byte < shift || *error.byte - shift > sql_.size()) return error.error;
  return ErrorAt(error.error.code, sql_, *error.byte - shift, error.error.message);
}

}  // namespace ticklake::query
