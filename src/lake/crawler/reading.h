// Reading: what a classifier found out about a file, and how sure it is.
//
// Threading: plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/crawler/schema.h"
#include "lake/hive/layout.h"

namespace ticklake::lake::crawler {

/// Records of a text file that are looked at, at most.
inline constexpr size_t kSampleRecords = 1000;
/// Columns that a file may have to become a table.
inline constexpr size_t kMaxColumns = 4000;

/// How to read a file; the same object for all files that are alike.
struct Reading {
  hive::Format format = hive::Format::kCsv;
  hive::Compression compression = hive::Compression::kNone;
  hive::CsvDialect csv;
  hive::JsonForm json = hive::JsonForm::kLines;
  std::string json_path;    ///< of the classifier that found it
  std::string avro_schema;  ///< kAvro
  hive::GrokPatterns grok;  ///< kGrok
  hive::XmlRows xml;        ///< kXml
  Schema schema;
  double certainty = 0;          ///< 0 to 1, as AWS's classifiers tell it
  std::vector<std::string> why;  ///< sentences for people, the classifier's own
  /// CSV without a header of its own: the first row's cells as names, if they could be one.
  std::vector<std::string> first_row;
  bool only_with_header = false;  ///< CSV of a single row: a table only if that is a known header
};

struct Classified {
  Reading reading;
  int64_t records = 0;   ///< in the sample; exact if `whole`
  uint64_t sampled = 0;  ///< bytes of the stored file that those records are of
  bool whole = false;
};

/// Why a file is not part of any table.
struct Rejection {
  std::string reason;            ///< the same text for all files with the same trouble
  std::string detail;            ///< what is particular to this one
  bool more_would_help = false;  ///< its first record is longer than what was looked at
};

}  // namespace ticklake::lake::crawler
