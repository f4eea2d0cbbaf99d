#include "lake/hive/layout.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <string_view>

namespace ticklake::lake::hive {
namespace {

using catalog::Parameters;

constexpr char kTextInput[] = "org.apache.hadoop.mapred.TextInputFormat";
constexpr char kTextOutput[] = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
constexpr char kLazySimple[] = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
constexpr char kOpenCsv[] = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
constexpr char kOpenJson[] = "org.openx.data.jsonserde.JsonSerDe";
constexpr char kHiveJson[] = "org.apache.hive.hcatalog.data.JsonSerDe";
constexpr char kParquetInput[] = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
constexpr char kParquetOutput[] = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
constexpr char kParquetSerde[] = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
constexpr char kOrcInput[] = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat";
constexpr char kOrcOutput[] = "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat";
constexpr char kOrcSerde[] = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
constexpr char kAvroInput[] = "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat";
constexpr char kAvroOutput[] = "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat";
constexpr char kAvroSerde[] = "org.apache.hadoop.hive.serde2.avro.AvroSerDe";
constexpr char kAvroSchema[] = "avro.schema.literal";
constexpr char kGrokSerde[] = "com.amazonaws.glue.serde.GrokSerDe";
constexpr char kRowTag[] = "rowTag";

// The openx serde's parameter for a key that is not the column's name.
constexpr std::string_view kMapping = "mapping.";

// What parameters of the table, then of its storage, say.
std::string Find(const catalog::Table& table, const std::string& key) {
  for (const Parameters* parameters : {&table.parameters, &table.storage.parameters}) {
    const auto found = parameters->find(key);
    if (found != parameters->end()) return found->second;
  }
  return "";
}

char CharOf(const Parameters& parameters, const std::string& key, char otherwise) {
  const auto found = parameters.find(key);
  if (found == parameters.end() || found->second.empty()) return otherwise;
  if (found->second == "\\t") return '\t';
  return found->second[0];
}

std::unexpected<Error> Refuse(const catalog::Table& table, std::string_view why) {
  return Fail(Code::kUnsupported, "table '{}.{}': {}", table.database, table.name, why);
}

Result<int> HeaderLines(const catalog::Table& table) {
  const std::string text = Find(table, kHeaderLines);
  if (text.empty()) return 0;
  int lines = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lines);
  if (error == std::errc() && end == text.data() + text.size() && lines >= 0) return lines;
  return Fail(Code::kInvalid, "table '{}.{}': {} is '{}', no number of lines", table.database,
              table.name, kHeaderLines, text);
}

Result<CsvDialect> DialectOf(const catalog::Table& table) {
  const catalog::Serde& serde = table.storage.serde;
  CsvDialect csv;
  TL_ASSIGN(csv.header_lines, HeaderLines(table));
  if (serde.library == kOpenCsv) {
    csv.delimiter = CharOf(serde.parameters, "separatorChar", ',');
    csv.quote = CharOf(serde.parameters, "quoteChar", '"');
    csv.escape = CharOf(serde.parameters, "escapeChar", csv.quote);
    return csv;
  }
  csv.delimiter = CharOf(serde.parameters, "field.delim", '\x01');
  return csv;
}

Result<Compression> CompressionOf(const catalog::Table& table) {
  const std::string text = Find(table, kCompressionType);
  if (text.empty()) return Compression::kAuto;
  for (const auto known : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    if (text == NameOf(known)) return known;
  }
  return Refuse(table,
                fmt::format("compression '{}' is not read here; none, gzip and zstd are", text));
}

Result<std::vector<LayoutColumn>> ReadColumns(const catalog::Table& table,
                                              const std::vector<catalog::Column>& columns) {
  std::vector<LayoutColumn> read;
  for (const catalog::Column& column : columns) {
    auto type = ParseType(column.type);
    if (!type) {
      return Fail(type.error().Within(
          fmt::format("table '{}.{}': column '{}'", table.database, table.name, column.name)));
    }
    read.push_back({column.name, std::move(*type), ""});
  }
  return read;
}

void SetKeys(const catalog::Table& table, Layout& layout) {
  const Parameters& parameters = table.storage.serde.parameters;
  for (LayoutColumn& column : layout.columns) {
    const auto mapped = parameters.find(std::string(kMapping) + column.name);
    column.key = mapped == parameters.end() ? column.name : mapped->second;
  }
}

Result<JsonForm> JsonFormOf(const catalog::Table& table) {
  const std::string path = Find(table, kJsonPath);
  if (path == "$[*]") return JsonForm::kArray;
  if (!path.empty() && path != "$") {
    return Refuse(table, fmt::format("the JSON path '{}' is not read here; $ and $[*] are", path));
  }
  const std::string form = Find(table, kJsonForm);
  if (form == "documents") return JsonForm::kDocuments;
  if (form == "array") return JsonForm::kWhole;
  return JsonForm::kLines;
}

void SetBoth(catalog::Table& table, const std::string& key, const std::string& value) {
  table.parameters[key] = value;
  table.storage.parameters[key] = value;
}

void DropBoth(catalog::Table& table, const std::string& key) {
  table.parameters.erase(key);
  table.storage.parameters.erase(key);
}

void DescribeCsv(const CsvDialect& csv, catalog::Table& table) {
  catalog::StorageDescriptor& storage = table.storage;
  storage.input_format = kTextInput;
  storage.output_format = kTextOutput;
  const std::string delimiter(1, csv.delimiter);
  if (csv.quote == '\0') {
    storage.serde = {"", kLazySimple, {{"field.delim", delimiter}}};
  } else {
    storage.serde = {"",
                     kOpenCsv,
                     {{"separatorChar", delimiter},
                      {"quoteChar", std::string(1, csv.quote)},
                      {"escapeChar", std::string(1, csv.escape)}}};
  }
  SetBoth(table, "delimiter", delimiter);
  SetBoth(table, "areColumnsQuoted", csv.quote == '\0' ? "false" : "true");
  SetBoth(table, "columnsOrdered", "true");
  if (csv.header_lines == 0) {
    DropBoth(table, kHeaderLines);
  } else {
    SetBoth(table, kHeaderLines, fmt::format("{}", csv.header_lines));
  }
}

void DescribeJson(const Layout& layout, catalog::Table& table) {
  catalog::StorageDescriptor& storage = table.storage;
  storage.input_format = kTextInput;
  storage.output_format = kTextOutput;
  storage.serde = {"", kOpenJson, {}};
  std::string paths;
  for (const LayoutColumn& column : layout.columns) {
    const std::string& key = column.key.empty() ? column.name : column.key;
    paths += (paths.empty() ? "" : ",") + key;
    if (key != column.name) storage.serde.parameters[std::string(kMapping) + column.name] = key;
  }
  storage.serde.parameters["paths"] = paths;
  if (!layout.json_path.empty()) SetBoth(table, kJsonPath, layout.json_path);
  if (layout.json == JsonForm::kDocuments) SetBoth(table, kJsonForm, "documents");
  if (layout.json == JsonForm::kWhole) SetBoth(table, kJsonForm, "array");
}

void DescribeParquet(catalog::Table& table) {
  table.storage.input_format = kParquetInput;
  table.storage.output_format = kParquetOutput;
  table.storage.serde = {"", kParquetSerde, {{"serialization.format", "1"}}};
}

void DescribeOrc(catalog::Table& table) {
  table.storage.input_format = kOrcInput;
  table.storage.output_format = kOrcOutput;
  table.storage.serde = {"", kOrcSerde, {}};
}

void DescribeAvro(const Layout& layout, catalog::Table& table) {
  table.storage.input_format = kAvroInput;
  table.storage.output_format = kAvroOutput;
  table.storage.serde = {
      "", kAvroSerde, {{"serialization.format", "1"}, {kAvroSchema, layout.avro_schema}}};
  SetBoth(table, kAvroSchema, layout.avro_schema);
}

void DescribeGrok(const GrokPatterns& grok, catalog::Table& table) {
  table.storage.input_format = kTextInput;
  table.storage.output_format = kTextOutput;
  table.storage.serde = {"", kGrokSerde, {{"input.format", grok.pattern}}};
  if (grok.custom_patterns.empty()) return;
  table.storage.serde.parameters["input.grokCustomPatterns"] = grok.custom_patterns;
}

// No class of Hive's reads XML; what Glue's own jobs look for is the tag.
void DescribeXml(const XmlRows& xml, catalog::Table& table) {
  table.storage.input_format.clear();
  table.storage.output_format.clear();
  table.storage.serde = {"", "", {{kRowTag, xml.row_tag}}};
  SetBoth(table, kRowTag, xml.row_tag);
}

std::string ClassificationOf(const Layout& layout) {
  if (layout.format == Format::kGrok) return layout.grok.classification;
  if (layout.format == Format::kXml) return layout.xml.classification;
  return std::string(NameOf(layout.format));
}

// Columns under their new types; comments and parameters stay with the name.
std::vector<catalog::Column> WriteColumns(const std::vector<LayoutColumn>& columns,
                                          const std::vector<catalog::Column>& before) {
  std::vector<catalog::Column> written;
  for (const LayoutColumn& column : columns) {
    const auto known = std::ranges::find(before, column.name, &catalog::Column::name);
    catalog::Column& next = written.emplace_back();
    if (known != before.end()) next = *known;
    next.name = column.name;
    next.type = ToText(column.type);
  }
  return written;
}

}  // namespace

std::string_view NameOf(Format format) {
  switch (format) {
    case Format::kCsv: return "csv";
    case Format::kJson: return "json";
    case Format::kParquet: return "parquet";
    case Format::kOrc: return "orc";
    case Format::kAvro: return "avro";
    case Format::kGrok: return "grok";
    case Format::kXml: return "xml";
  }
  return "";
}

std::string_view NameOf(Compression compression) {
  switch (compression) {
    case Compression::kAuto: return "auto";
    case Compression::kNone: return "none";
    case Compression::kGzip: return "gzip";
    case Compression::kZstd: return "zstd";
    case Compression::kBzip2: return "bzip2";
    case Compression::kSnappy: return "snappy";
  }
  return "";
}

Result<Layout> LayoutOf(const catalog::Table& table) {
  Layout layout;
  const std::string& library = table.storage.serde.library;
  TL_ASSIGN(layout.compression, CompressionOf(table));
  TL_ASSIGN(layout.columns, ReadColumns(table, table.storage.columns));
  TL_ASSIGN(layout.partition_keys, ReadColumns(table, table.partition_keys));
  if (library == kLazySimple || library == kOpenCsv) {
    TL_ASSIGN(layout.csv, DialectOf(table));
    for (const LayoutColumn& column : layout.columns) {
      const Kind kind = column.type.kind;
      if (kind == Kind::kStruct || kind == Kind::kArray || kind == Kind::kMap) {
        return Refuse(table, fmt::format("column '{}': {} in text files is not read here",
                                         column.name, ToText(column.type)));
      }
    }
  } else if (library == kOpenJson || library == kHiveJson) {
    layout.format = Format::kJson;
    TL_ASSIGN(layout.json, JsonFormOf(table));
    SetKeys(table, layout);
  } else if (library == kParquetSerde) {
    layout.format = Format::kParquet;
  } else if (library.empty() && !Find(table, kRowTag).empty()) {
    return Refuse(table, fmt::format("XML (elements <{}>) is not read here; CSV, JSON and Parquet "
                                     "are (docs/crawler.md)",
                                     Find(table, kRowTag)));
  } else {
    return Refuse(table, fmt::format("serde '{}' is not read here; those of CSV, JSON and Parquet "
                                     "are (docs/crawler.md)",
                                     library));
  }
  return layout;
}

void Describe(const Layout& layout, catalog::Table& table) {
  table.storage.columns = WriteColumns(layout.columns, table.storage.columns);
  table.partition_keys = WriteColumns(layout.partition_keys, table.partition_keys);
  for (const char* other_form : {kJsonPath, kJsonForm, kAvroSchema, kRowTag})
    DropBoth(table, other_form);
  switch (layout.format) {
    case Format::kCsv: DescribeCsv(layout.csv, table); break;
    case Format::kJson: DescribeJson(layout, table); break;
    case Format::kParquet: DescribeParquet(table); break;
    case Format::kOrc: DescribeOrc(table); break;
    case Format::kAvro: DescribeAvro(layout, table); break;
    case Format::kGrok: DescribeGrok(layout.grok, table); break;
    case Format::kXml: DescribeXml(layout.xml, table); break;
  }
  SetBoth(table, kClassification, ClassificationOf(layout));
  if (layout.compression == Compression::kAuto) {
    DropBoth(table, kCompressionType);
  } else {
    SetBoth(table, kCompressionType, std::string(NameOf(layout.compression)));
  }
  table.storage.compressed =
      layout.compression != Compression::kNone && layout.compression != Compression::kAuto;
}

Result<std::vector<std::string>> ExclusionsOf(const Parameters& parameters) {
  const auto found = parameters.find(kExclusions);
  if (found == parameters.end() || found->second.empty()) return std::vector<std::string>();
  try {
    return boost::json::value_to<std::vector<std::string>>(boost::json::parse(found->second));
  } catch (const std::exception& e) {
    return Fail(Code::kInvalid, "parameter {}: '{:.200}' is no JSON array of texts ({})",
                kExclusions, found->second, e.what());
  }
}

std::string ExclusionsText(const std::vector<std::string>& globs) {
  return boost::json::serialize(boost::json::value_from(globs));
}

}  // namespace ticklake::lake::hive
