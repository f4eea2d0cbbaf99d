// The names most like a mistyped one, for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ticklake::query {

/// Up to three of `names`, nearest first, that are within a third of the letters of `name`
/// (Levenshtein), or that hold it; empty if none is near.
std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& names);

}  // namespace ticklake::query
