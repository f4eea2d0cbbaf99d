// RowParser: one JSON record into one row of a column tree, in one pass.
//
// The hot path of decoding: no copy of the record, no hashing while keys keep their order, every
// value parsed straight into its column. What it cannot settle (an error, a key without a column,
// a fraction for a long that may still widen) it hands back as kScan; after the caller has scanned
// the record and grown the schema, it parses again with scanned = true.
// A parser of our own: one that knows the expected keys and columns needs no tree in between.
// Threading: one parser belongs to one thread. Does not: know schemas, or `_kafka`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lake/rows/columns.h"
#include "lake/rows/rescue.h"

namespace ticklake::lake {

struct RowParserOptions {
  bool frozen = false;                  ///< long columns stay long
  bool full = false;                    ///< no new columns: unknown keys go to `_rescued` at once
  std::vector<const Column*> any_of;    ///< a row needs one of these
  std::vector<const Column*> required;  ///< and all of these
};

enum class RowOutcome {
  kRow,   ///< appended; rescued() may hold something
  kScan,  ///< nothing appended; scan the record
  kDead,  ///< nothing appended; error() says why
};

/// A row whose lists would take more than this is none that columns can hold: `{}` may be an
/// element of a thousand columns. The list that goes beyond it is rescued as text.
inline constexpr int64_t kMaxListBytes = int64_t{64} << 20;

class RowParser {
 public:
  /// Rows go to `root`, which must outlive the parser.
  RowParser(StructColumn& root, RowParserOptions options)
      : root_(root), options_(std::move(options)) {}

  /// scanned: the record is valid JSON (ScanRecord) and the schema has all it asks for.
  RowOutcome Parse(std::string_view json, bool scanned);

  const std::string& error() const { return error_; }
  /// The `_rescued` text of the last row, "" if all of it fits.
  std::string_view rescued() const { return rescued_; }
  /// About how many bytes the elements of the last row's lists take, beside texts.
  int64_t list_bytes() const { return list_bytes_; }

 private:
  class Walk;
  bool HasRequired(int64_t row);

  StructColumn& root_;
  RowParserOptions options_;
  std::vector<const KeySlot*> path_;  ///< structs around the value being parsed
  std::string scratch_;               ///< an unescaped string
  std::string error_;
  RescueWriter rescue_;
  std::string_view rescued_;
  int64_t list_bytes_ = 0;
};

}  // namespace ticklake::lake
