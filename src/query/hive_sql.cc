#include "query/hive_sql.h"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <string_view>

#include "query/duck.h"
#include "query/table_sql.h"

namespace ticklake::query {
namespace {

using lake::hive::Compression;
using lake::hive::Format;
using lake::hive::HiveView;
using lake::hive::JsonForm;
using lake::hive::Kind;
using lake::hive::Layout;
using lake::hive::LayoutColumn;
using lake::hive::Type;

// What Hive calls the folder of rows whose key is NULL.
constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The column that DuckDB puts the file's name in. Only under its own name does it skip files.
std::string FileColumn(const Layout& layout) {
  const bool taken =
      layout.format != Format::kCsv && std::ranges::any_of(layout.columns, [](const auto& column) {
        return SameName(column.name, "filename") || SameName(column.key, "filename");
      });
  return taken ? "__ticklake_file" : "filename";
}

Result<std::string> FileList(const HiveView& view) {
  std::string text = "[";
  for (const auto& file : view.files) {
    TL_ASSIGN(const std::string path, FilePattern(file.path));
    if (text.size() > 1) text += ", ";
    text += QuoteText(path);
  }
  return text + ']';
}

// read_json has names of its own for two of them.
std::string CompressionOption(const Layout& layout) {
  std::string_view name = lake::hive::NameOf(layout.compression);
  if (layout.format == Format::kJson && layout.compression == Compression::kAuto) {
    name = "auto_detect";
  } else if (layout.format == Format::kJson && layout.compression == Compression::kNone) {
    name = "uncompressed";
  }
  return fmt::format(", compression = '{}'", name);
}

// Text as Hive reads it: NULL where it is no value of the type. DuckDB's own casts take more
// (1_000, 0x1f, 1.5 as an integer, yes as a boolean), hence the patterns.
std::string FromText(const std::string& text, const Type& type) {
  const auto guarded = [&](std::string_view pattern) {
    return fmt::format("CASE WHEN regexp_full_match({0}, {1}) THEN TRY_CAST({0} AS {2}) END", text,
                       QuoteText(pattern), SqlType(type));
  };
  switch (type.kind) {
    case Kind::kBoolean:
      return fmt::format("CASE lower({}) WHEN 'true' THEN true WHEN 'false' THEN false END", text);
    case Kind::kTinyint:
    case Kind::kSmallint:
    case Kind::kInt:
    case Kind::kBigint: return guarded(R"(\s*[-+]?[0-9]+\s*)");
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
      return fmt::format("CASE WHEN NOT contains({0}, '_') THEN TRY_CAST({0} AS {1}) END", text,
                         SqlType(type));
    case Kind::kDate: return guarded(R"(\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\s*)");
    case Kind::kTimestamp:
      return guarded(
          R"(\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?\s*)");
    case Kind::kVarchar:
    case Kind::kChar:
      return type.precision == 0 ? text : fmt::format("left({}, {})", text, type.precision);
    case Kind::kBinary: return fmt::format("encode({})", text);
    default: return text;
  }
}

std::string CsvSource(const HiveView& view, const std::string& files, const std::string& options) {
  const auto& csv = view.layout.csv;
  std::vector<std::string> columns;
  columns.reserve(view.layout.columns.size());
  for (size_t i = 0; i < view.layout.columns.size(); ++i) {
    columns.push_back(fmt::format("'c{}': 'VARCHAR'", i));
  }
  const auto one = [](char c) { return QuoteText(c == '\0' ? "" : std::string_view(&c, 1)); };
  std::string lines;
  if (csv.header_lines > 0) lines = ", header = true";
  if (csv.header_lines > 1) lines += fmt::format(", skip = {}", csv.header_lines - 1);
  // A quoted line end cannot be found by threads that begin in the middle.
  const char* const parallel = csv.quote == '\0' ? "" : ", parallel = false";
  return fmt::format(
      "read_csv({}, auto_detect = false{}, delim = {}, quote = {}, escape = {}, columns = {{{}}}, "
      "nullstr = '\\N', allow_quoted_nulls = false, null_padding = true, strict_mode = false, "
      "max_line_size = 16777216, buffer_size = 33554432{}{}{})",
      files, lines, one(csv.delimiter), one(csv.quote), one(csv.escape), Joined(columns), parallel,
      CompressionOption(view.layout), options);
}

bool IsCheckedInJson(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
    case Kind::kTinyint:
    case Kind::kSmallint:
    case Kind::kInt:
    case Kind::kBigint:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal: return true;
    default: return false;
  }
}

bool HoldsChecked(const Type& type) {
  return IsCheckedInJson(type.kind) ||
         (type.kind != Kind::kMap && std::ranges::any_of(type.fields, [](const auto& field) {
            return HoldsChecked(field.type);
          }));
}

// The type that read_json is asked for. It would take 1.5 as the integer 2 and true as 1: numbers
// and booleans come as text and are converted by FromJson.
Type TypeInJson(const Type& type) {
  if (IsCheckedInJson(type.kind)) return {};
  Type read = type;
  for (auto& field : read.fields) {
    if (type.kind != Kind::kMap) field.type = TypeInJson(field.type);
  }
  return read;
}

// The value of a column or a part of it; an error where it is none of its type. `depth` tells
// the names of nested lambdas apart.
std::string FromJson(const std::string& value, const Type& type, int depth) {
  if (!HoldsChecked(type)) return value;
  if (type.kind == Kind::kArray) {
    const std::string item = fmt::format("x{}", depth);
    return fmt::format("list_transform({}, lambda {}: {})", value, item,
                       FromJson(item, type.fields[0].type, depth + 1));
  }
  if (type.kind == Kind::kStruct) {
    std::vector<std::string> fields;
    fields.reserve(type.fields.size());
    for (const auto& field : type.fields) {
      const std::string name = QuoteName(field.name);
      fields.push_back(name + " := " + FromJson(value + '.' + name, field.type, depth));
    }
    return fmt::format("CASE WHEN {} IS NOT NULL THEN struct_pack({}) END", value, Joined(fields));
  }
  return fmt::format(
      "CASE WHEN {0} IS NULL THEN NULL WHEN {1} IS NULL THEN error('JSON value ' || {0} || "
      "' does not fit the column''s type {2}; crawl again, or change the type') ELSE {1} END",
      value, FromText(value, type), ToText(type));
}

std::string_view JsonFormat(JsonForm form) {
  switch (form) {
    case JsonForm::kLines: return "'newline_delimited'";
    case JsonForm::kArray: return "'array'";
    case JsonForm::kWhole: return "'unstructured', records = 'false'";
    case JsonForm::kDocuments:
    case JsonForm::kPath: break;  // the latter is refused where a layout is read
  }
  return "'unstructured'";
}

std::string JsonSource(const HiveView& view, const std::string& files, const std::string& options) {
  std::vector<std::string> columns;
  columns.reserve(view.layout.columns.size());
  for (const LayoutColumn& column : view.layout.columns) {
    columns.push_back(QuoteText(column.key) + ": " + QuoteText(SqlType(TypeInJson(column.type))));
  }
  return fmt::format("read_json({}, format = {}, columns = {{{}}}{}{})", files,
                     JsonFormat(view.layout.json), Joined(columns), CompressionOption(view.layout),
                     options);
}

std::string ParquetSource(const HiveView& view, const std::string& files,
                          const std::string& options) {
  std::vector<std::string> columns;
  columns.reserve(view.layout.columns.size());
  for (const LayoutColumn& column : view.layout.columns) {
    columns.push_back(fmt::format("{0}: {{name: {0}, type: {1}, default_value: NULL}}",
                                  QuoteText(column.name), QuoteText(SqlType(column.type))));
  }
  return fmt::format("read_parquet({}, schema = MAP {{{}}}{})", files, Joined(columns), options);
}

// What a column is called in the source, or computed from there.
std::string ColumnExpression(const Layout& layout, size_t index) {
  const LayoutColumn& column = layout.columns[index];
  switch (layout.format) {
    case Format::kCsv: return FromText(fmt::format("c{}", index), column.type);
    case Format::kJson: return FromJson(QuoteName(column.key), column.type, 0);
    default: break;
  }
  return QuoteName(column.name);
}

std::string NoRows(const Layout& layout) {
  std::vector<std::string> columns;
  for (const auto* list : {&layout.columns, &layout.partition_keys}) {
    for (const LayoutColumn& column : *list) {
      columns.push_back(
          fmt::format("CAST(NULL AS {}) AS {}", SqlType(column.type), QuoteName(column.name)));
    }
  }
  return "SELECT " + Joined(columns) + " WHERE false";
}

}  // namespace

std::string SqlType(const Type& type) {
  switch (type.kind) {
    case Kind::kBoolean: return "BOOLEAN";
    case Kind::kTinyint: return "TINYINT";
    case Kind::kSmallint: return "SMALLINT";
    case Kind::kInt: return "INTEGER";
    case Kind::kBigint: return "BIGINT";
    case Kind::kFloat: return "FLOAT";
    case Kind::kDouble: return "DOUBLE";
    case Kind::kDecimal: return fmt::format("DECIMAL({}, {})", type.precision, type.scale);
    case Kind::kString:
    case Kind::kVarchar:
    case Kind::kChar: return "VARCHAR";
    case Kind::kBinary: return "BLOB";
    case Kind::kDate: return "DATE";
    case Kind::kTimestamp: return "TIMESTAMP";
    case Kind::kArray: return SqlType(type.fields.at(0).type) + "[]";
    case Kind::kMap:
      return fmt::format("MAP({}, {})", SqlType(type.fields.at(0).type),
                         SqlType(type.fields.at(1).type));
    case Kind::kStruct: break;
  }
  std::vector<std::string> fields;
  fields.reserve(type.fields.size());
  for (const auto& field : type.fields) {
    fields.push_back(QuoteName(field.name) + ' ' + SqlType(field.type));
  }
  return "STRUCT(" + Joined(fields) + ')';
}

Result<std::string> HiveQuery(const HiveView& view,
                              const PartitionLookup::Registration* partitions) {
  const Layout& layout = view.layout;
  if (view.files.empty()) return NoRows(layout);
  TL_ASSIGN(const std::string files, FileList(view));
  const std::string file_column = FileColumn(layout);
  std::string options = ", hive_partitioning = false";
  if (partitions != nullptr) {
    options +=
        file_column == "filename" ? ", filename = true" : ", filename = " + QuoteText(file_column);
  }
  std::vector<std::string> columns;
  columns.reserve(layout.columns.size());
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    columns.push_back(ColumnExpression(layout, i) + " AS " + QuoteName(layout.columns[i].name));
  }
  for (size_t k = 0; partitions != nullptr && k < layout.partition_keys.size(); ++k) {
    const LayoutColumn& key = layout.partition_keys[k];
    const std::string value = fmt::format(
        "NULLIF({}, '{}')", partitions->Call(k, QuoteName(file_column)), kNullPartition);
    columns.push_back(FromText(value, key.type) + " AS " + QuoteName(key.name));
  }
  std::string source;
  switch (layout.format) {
    case Format::kCsv: source = CsvSource(view, files, options); break;
    case Format::kJson: source = JsonSource(view, files, options); break;
    case Format::kParquet: source = ParquetSource(view, files, options); break;
    case Format::kOrc:
    case Format::kAvro:
    case Format::kGrok:
    case Format::kXml:
      return Fail(Code::kUnsupported, "{} files are not read by SQL here",
                  lake::hive::NameOf(layout.format));
  }
  return fmt::format("SELECT {} FROM {}", Joined(columns), source);
}

}  // namespace ticklake::query
