// The JSON classifier: one object a line, its keys as columns.
//
// Integers are bigint, other numbers double, objects structs, arrays arrays; what does not mix
// is a string (the JSON text). Text is never taken for a time. Threading: pure functions.
#pragma once

#include <expected>
#include <string_view>

#include "lake/crawler/reading.h"

namespace ticklake::lake::crawler {

/// True if the text may be JSON at all: its first character that is no space opens an object or
/// an array.
bool LooksLikeJson(std::string_view text);

std::expected<Classified, Rejection> ClassifyJson(std::string_view text, bool whole,
                                                  const std::string& path = "");

}  // namespace ticklake::lake::crawler
