// Layout: how the files of a Hive table are read, and how the catalog says so.
//
// One place knows the Java class names and parameters in both directions: a crawler writes a
// catalog entry from a Layout, a query makes a Layout of a catalog entry, whoever wrote it.
// Threading: pure functions on values. Does not: touch files, or know DuckDB.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "lake/hive/type.h"

namespace ticklake::lake::hive {

/// The last four are described and registered; SQL does not read them here.
enum class Format { kCsv, kJson, kParquet, kOrc, kAvro, kGrok, kXml };
enum class Compression {
  kAuto,  ///< by each file's name; what an entry of somebody else means that does not say
  kNone,
  kGzip,
  kZstd,
  kBzip2,  ///< described only, as the next one
  kSnappy,
};

/// What a JSON file is made of.
enum class JsonForm {
  kLines,      ///< one object a line
  kDocuments,  ///< objects one after another, over any number of lines
  kArray,      ///< one array; each of its objects is a row ($[*])
  kWhole,      ///< one array, which is the one value of the one row: column `array`
  kPath,       ///< rows are what a JSON path finds; SQL does not read that here
};

struct CsvDialect {
  char delimiter = ',';
  char quote = '\0';   ///< '\0': quotes are ordinary characters
  char escape = '\0';  ///< inside quotes; '\0' where quote is
  int header_lines = 0;

  bool operator==(const CsvDialect& other) const = default;
};

/// Lines by a pattern, as AWS's GrokSerDe has it.
struct GrokPatterns {
  std::string classification;
  std::string pattern;
  std::string custom_patterns;  ///< lines of NAME pattern
};

/// Elements of one name as rows, as AWS's XML classifiers have it.
struct XmlRows {
  std::string classification;
  std::string row_tag;
};

struct LayoutColumn {
  std::string name;
  Type type;
  std::string key;  ///< kJson: the key in the file, which may differ in case; else ""
};

struct Layout {
  Format format = Format::kCsv;
  Compression compression = Compression::kAuto;
  CsvDialect csv;
  JsonForm json = JsonForm::kLines;
  std::string json_path;    ///< kArray, kPath: as a classifier gave it
  std::string avro_schema;  ///< kAvro: the writer's, as JSON
  GrokPatterns grok;        ///< kGrok
  XmlRows xml;              ///< kXml
  std::vector<LayoutColumn> columns;
  std::vector<LayoutColumn> partition_keys;
};

inline constexpr char kClassification[] = "classification";
inline constexpr char kCompressionType[] = "compressionType";
inline constexpr char kHeaderLines[] = "skip.header.line.count";
inline constexpr char kExclusions[] = "exclusions";  ///< a JSON array of globs

inline constexpr char kJsonPath[] = "jsonPath";            ///< of a classifier, as AWS writes it
inline constexpr char kJsonForm[] = "ticklake.json.form";  ///< what AWS has no word for

/// "csv", "json", "parquet", "orc", "avro", "grok", "xml".
std::string_view NameOf(Format format);
/// "none", "gzip", "zstd", "bzip2", "snappy"; "auto".
std::string_view NameOf(Compression compression);

/// The layout of a table's entry. kUnsupported names the serde, type or form that is not read
/// here; kInvalid what contradicts itself.
Result<Layout> LayoutOf(const catalog::Table& table);

/// Sets columns, partition keys, formats, serde and those parameters (of table and storage) that
/// say how to read; leaves everything else. LayoutOf gives the layout back.
void Describe(const Layout& layout, catalog::Table& table);

/// The globs of the parameter `exclusions`, as URIs.
Result<std::vector<std::string>> ExclusionsOf(const catalog::Parameters& parameters);
std::string ExclusionsText(const std::vector<std::string>& globs);

}  // namespace ticklake::lake::hive
