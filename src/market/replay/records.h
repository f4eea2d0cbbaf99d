// RecordReader: the records of a file, ready to be published: CSV, JSON lines, or JSON lines with
// the time before them.
//
//   CSV               the first line names the columns; each line becomes a JSON object
//   (csv_json.h) JSON lines        each line that is a JSON object is the record, byte for byte
//   timed JSON lines  `1723161254087891268 {…}`: a number, a space (or a colon and a space), and
//                     the object; the number is the record's time
// A line that cannot be published is handed out with its `problem`, and reading goes on.
// Threading: one thread. Does not: understand times (event_time.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "market/replay/byte_source.h"

namespace ticklake::market {

enum class FileFormat { kCsv, kJsonLines, kTimedJsonLines };

struct RecordOptions {
  std::optional<FileFormat> format;  ///< nullopt: told by the first characters
  char delimiter = ',';              ///< CSV
  std::string key;                   ///< column or top-level field; empty: records have no keys
  std::string time;                  ///< likewise; timed JSON lines have a time without it
  size_t max_bytes = 1 << 20;        ///< a longer line cannot be published
};

/// Views are valid until the next record is read.
struct Record {
  int64_t line = 0;                     ///< from 1, where it begins
  std::string problem;                  ///< empty, or why it must be left out
  std::string_view value;               ///< one JSON object
  std::optional<std::string_view> key;  ///< not empty
  std::string_view time;                ///< empty when the record has none
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  /// Reads the next record; false at the end. Errors are the source's.
  virtual Result<bool> Next(Record& record) = 0;
  /// What kind of file it is, for people: "CSV with 9 columns".
  virtual std::string Title() const = 0;
  /// Where a record's time stands, for people: "column 'Date'"; empty when nowhere.
  virtual std::string TimePlace() const = 0;
  /// What was done to the names of the columns, for people.
  virtual std::vector<std::string> Notes() const { return {}; }
  virtual const ByteSource& source() const = 0;
};

/// kInvalid when the file is empty, its header is malformed, or lacks the key's or time's column.
Result<std::unique_ptr<RecordReader>> OpenRecords(std::unique_ptr<ByteSource> source,
                                                  const RecordOptions& options);

}  // namespace ticklake::market
