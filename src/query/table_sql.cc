#include "query/table_sql.h"

#include <fmt/format.h>
#include <iterator>

#include "query/duck.h"

namespace ticklake::query {
namespace {

using lake::iceberg::Field;
using lake::iceberg::Schema;
using lake::iceberg::Type;
using lake::iceberg::TypeId;

std::string StructType(const Type& type) {
  std::string text = "STRUCT(";
  for (const Field& field : type.fields) {
    if (!text.ends_with('(')) text += ", ";
    text += QuoteName(field.name) + ' ' + SqlType(*field.type);
  }
  return text + ')';
}

// {name, type} of every column under its field id.
std::string SchemaParameter(const Schema& schema) {
  std::string text = "MAP {";
  for (const Field& field : schema.fields) {
    fmt::format_to(std::back_inserter(text), "{}{}: {{name: {}, type: {}, default_value: NULL}}",
                   text.ends_with('{') ? "" : ", ", field.id, QuoteText(field.name),
                   QuoteText(SqlType(*field.type)));
  }
  return text + '}';
}

Result<std::string> FilesQuery(const lake::TableView& view) {
  std::string text = "SELECT * FROM read_parquet([";
  for (const auto& file : view.files) {
    TL_ASSIGN(const std::string path, FilePattern(file.path));
    if (!text.ends_with('[')) text += ", ";
    text += QuoteText(path);
  }
  // Paths such as day=2024-11-22/… are the lake's business, not columns.
  return text + "], hive_partitioning = false, schema = " + SchemaParameter(view.schema) + ')';
}

// Every column under its type: of `source`, or NULL where there is no source.
std::string Columns(const Schema& schema, bool null) {
  std::string text;
  for (const Field& field : schema.fields) {
    const std::string name = QuoteName(field.name);
    fmt::format_to(std::back_inserter(text), "{}CAST({} AS {}) AS {}", text.empty() ? "" : ", ",
                   null ? "NULL" : name, SqlType(*field.type), name);
  }
  return text;
}

}  // namespace

std::string SqlType(const Type& type) {
  switch (type.id) {
    case TypeId::kBoolean: return "BOOLEAN";
    case TypeId::kInt: return "INTEGER";
    case TypeId::kLong: return "BIGINT";
    case TypeId::kFloat: return "FLOAT";
    case TypeId::kDouble: return "DOUBLE";
    case TypeId::kDecimal: return fmt::format("DECIMAL({}, {})", type.precision, type.scale);
    case TypeId::kDate: return "DATE";
    case TypeId::kTime: return "TIME";
    case TypeId::kTimestamp: return "TIMESTAMP";
    case TypeId::kTimestamptz: return "TIMESTAMP WITH TIME ZONE";
    case TypeId::kString: return "VARCHAR";
    case TypeId::kUuid: return "UUID";
    case TypeId::kFixed:
    case TypeId::kBinary: return "BLOB";
    case TypeId::kStruct: return StructType(type);
    case TypeId::kList: return SqlType(*type.fields.at(0).type) + "[]";
    case TypeId::kMap:
      return fmt::format("MAP({}, {})", SqlType(*type.fields.at(0).type),
                         SqlType(*type.fields.at(1).type));
  }
  return "VARCHAR";
}

Result<std::string> LocalPath(const std::string& uri) {
  std::string_view path = uri;
  if (path.starts_with("file://")) {
    path.remove_prefix(7);
  } else if (path.starts_with("file:")) {
    path.remove_prefix(5);
  } else if (const size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    return Fail(Code::kUnsupported,
                "data file {}: SQL reads local files only; scheme '{}' is not supported yet", uri,
                path.substr(0, scheme));
  }
  return std::string(path);
}

Result<std::string> FilePattern(const std::string& uri) {
  TL_ASSIGN(const std::string path, LocalPath(uri));
  std::string pattern;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      pattern += '[';
      pattern += c;
      pattern += ']';
    } else {
      pattern += c;
    }
  }
  return pattern;
}

Result<std::string> ViewQuery(const lake::TableView& view, const std::string& tail) {
  if (view.schema.fields.empty()) {
    return Fail(Code::kNotFound, "table {}.{}: has no columns yet; its first record makes them",
                view.database, view.name);
  }
  if (view.files.empty() && tail.empty()) {
    return fmt::format("SELECT {} WHERE false", Columns(view.schema, true));
  }
  std::string text;
  if (!view.files.empty()) {
    TL_ASSIGN(text, FilesQuery(view));
  }
  if (tail.empty()) return text;
  if (!text.empty()) text += " UNION ALL ";
  return text + fmt::format("SELECT {} FROM {}", Columns(view.schema, false), tail);
}

}  // namespace ticklake::query
