// ResultWriter: takes a query's rows and writes them: as text for people (table, expanded), as text
// for programs (csv, json, jsonl), or as Parquet.
//
// The engine calls Begin once, Write for each chunk, End once when the last row is out; after
// a failure End is not called. Threading: one thread at a time. Invariants: a value's text does not
// depend on the session's settings; what each type looks like: docs/sql.md. Does not: buffer more
// than the first rows (the table format needs their widths).
#pragma once

#include <duckdb.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/results/column_type.h"

namespace ticklake::query {

struct ResultHead {
  std::vector<Column> columns;
  duckdb_result* result = nullptr;  ///< for writers that ask DuckDB itself; valid during Begin
};

class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  virtual Result<void> Begin(const ResultHead& head) = 0;
  /// The chunk is valid only during the call.
  virtual Result<void> Write(duckdb_data_chunk chunk) = 0;
  virtual Result<void> End() = 0;
};

/// Where the text goes. An error ends the query (a client that is gone, a full disk).
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> Write(std::string_view bytes) = 0;
};

enum class Format { kTable, kExpanded, kCsv, kJson, kJsonl, kParquet };

/// The formats by name, as users give them.
inline constexpr std::array<std::string_view, 6> kFormatNames = {"table", "expanded", "csv",
                                                                 "json",  "jsonl",    "parquet"};

/// One of kFormatNames. Errors: kInvalid, naming them all.
Result<Format> ParseFormat(std::string_view name);
std::string_view FormatName(Format format);
/// The media type of a format, for HTTP.
const char* ContentType(Format format);

struct WriterOptions {
  Format format = Format::kTable;
  size_t max_width = 0;  ///< table: characters of a line; longer cells are cut; 0: no limit
  bool footer = true;    ///< table, expanded: a last line with the number of rows
};

/// A writer on `sink`, which must outlive it. Bytes reach the sink in pieces of some 64 KiB.
std::unique_ptr<ResultWriter> MakeWriter(const WriterOptions& options, ByteSink& sink);

}  // namespace ticklake::query
