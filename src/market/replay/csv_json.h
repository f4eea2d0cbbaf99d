// CsvJson: turns CSV records into JSON objects, by the header's names and the cells' looks.
//
//   a cell that is exactly a JSON number     that number, digit for digit ("0.0" stays 0.0), if
//                                            a 64-bit integer or a double can hold it
//   an empty cell                            null; but a quoted one, "", is an empty string
//   anything else                            a string: 007, .5, 1., +1, 1,000, NaN, true too
// Fields stand in the file's order under the header's names; an empty name becomes column_<n>,
// a repeated one gets _2, _3, ….
// Threading: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "market/replay/csv_reader.h"

namespace ticklake::market {

class CsvJson {
 public:
  /// kInvalid when the header itself is malformed, or has more than 100,000 columns.
  static Result<CsvJson> Create(const CsvRecord& header);

  const std::vector<std::string>& names() const { return names_; }
  /// What was done to the header's names, for people, in a few lines; empty when nothing.
  const std::vector<std::string>& notes() const { return notes_; }
  /// The place of a column, by its name in names().
  std::optional<size_t> Find(std::string_view name) const;

  /// Why the record can't be published; empty if it can. A last line without line end whose
  /// last cell is a number broken off ("2913.", "-", "1e") was cut short: publishing it would
  /// publish a wrong number.
  std::string Problem(const CsvRecord& record) const;
  /// Replaces `out` by the JSON object of a record without a problem.
  void Write(const CsvRecord& record, std::string& out) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::string> keys_;  // {"name": or ,"name":
  std::vector<std::string> notes_;
};

}  // namespace ticklake::market
