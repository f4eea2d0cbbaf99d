// The text of a `_rescued` column: one JSON object a row, with what its columns could not hold.
//
// A value stands under its original JSON keys, nested as it was: {"order":{"qty":"12 lots"}}.
// A key can stand there twice if it did so in the record. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ticklake::lake {

/// Unescaped JSON keys from the record down to the value.
using JsonPath = std::vector<std::string_view>;

/// Writes the text of one row, in the order of its record: a record may have a great many values
/// that no column can hold, so that what is written is not read again.
class RescueWriter {
 public:
  void Clear();
  /// Adds the JSON value `raw` (valid text) under `path` (not empty). Objects on the way are those
  /// of the last path as far as the two agree; the others begin here.
  void Add(const JsonPath& path, std::string_view raw);
  /// The text; empty when nothing was added. Valid until the next call.
  std::string_view Finish();

 private:
  std::string text_;               // without the ends of what is open
  std::vector<std::string> open_;  // keys of the objects that are open, below the outermost
};

/// Adds the JSON value `raw` (valid text) under `path` (not empty) to `object`, which is empty or
/// the text of a row; joins objects on the way where they exist, and so reads all of it.
void AddRescued(std::string& object, const JsonPath& path, std::string_view raw);

}  // namespace ticklake::lake
