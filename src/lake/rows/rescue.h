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

/// Adds the JSON value `raw` (valid text) under `path` (not empty) to `object`, which is empty or
/// was made by this function; joins objects on the way where they exist.
void AddRescued(std::string& object, const JsonPath& path, std::string_view raw);

}  // namespace ticklake::lake
