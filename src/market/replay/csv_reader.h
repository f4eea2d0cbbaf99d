// CsvReader: the records of a CSV file, one by one (RFC 4180 and what files are really like).
//
// LF and CRLF end a record, inside quotes they are part of the cell; "" in quotes is one
// quote; a byte-order mark and blank lines are passed over. A record that can't be right is
// handed out with its `problem`, and reading goes on: after a broken quote at the next line.
// Threading: one thread. Does not: know a header, types, or how many cells there should be.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "market/replay/text_buffer.h"

namespace ticklake::market {

struct CsvOptions {
  char delimiter = ',';
  /// A longer record is malformed: most likely its quote was never closed.
  size_t max_record_bytes = 1 << 20;
};

struct CsvCell {
  std::string_view text;  ///< unquoted; valid until the next record is read
  bool quoted = false;
};

struct CsvRecord {
  int64_t line = 0;        ///< of its first character, from 1
  int64_t last_line = 0;   ///< of its last one
  bool terminated = true;  ///< false: the file ended before a line end
  std::string problem;     ///< empty, or why `cells` is empty
  std::vector<CsvCell> cells;
};

class CsvReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options);

  /// Reads the next record; false at the end. Errors are the source's, and kUnsupported for
  /// a file that is not UTF-8 at all.
  Result<bool> Next(CsvRecord& record);
  const ByteSource& source() const { return buffer_.source(); }

 private:
  // A cell as it stands in the buffer.
  struct Span {
    size_t begin = 0;
    size_t size = 0;
    bool quoted = false;
    bool has_escapes = false;  // "" inside
  };
  enum class Outcome { kRecord, kNeedMore, kBrokenQuote, kOpenQuote };

  void SkipBlankLines();
  Outcome Scan();
  Outcome ScanCell(size_t& p);
  size_t Reach(Outcome outcome) const;
  void Finish(CsvRecord& record, size_t end);
  void Refuse(CsvRecord& record, std::string problem);
  Result<void> SkipRestOfLine();
  void ExtractCells(CsvRecord& record);

  TextBuffer buffer_;  // its begin() is the record's
  const CsvOptions options_;
  bool skipping_ = false;  // the line at the beginning was refused
  int64_t line_ = 1;

  std::vector<Span> spans_;  // of the record being scanned
  size_t reached_ = 0;       // behind its last cell, when it has one
  size_t next_begin_ = 0;    // behind its line end
  std::string unescaped_;    // cells that had "" in them
};

}  // namespace ticklake::market
