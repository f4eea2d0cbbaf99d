// Values as text on a terminal, for the formats that people read.
//
// Control characters are escaped, so that a value cannot drive the terminal.
// Threading: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "query/results/value_text.h"

namespace ticklake::query {

/// True for the first byte of a UTF-8 character.
inline bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
/// Characters of UTF-8 text.
size_t WidthOf(std::string_view text);
/// The text with control characters escaped.
std::string Printable(std::string_view text);
/// A value in one line; NULL shown as such.
std::string DisplayText(const Cell& cell);
/// "(12,345 rows)\n"
std::string RowCount(uint64_t rows);

}  // namespace ticklake::query
