// JSON text primitives shared by the writers of events and of replayed files.
//
// Threading: functions without state. Not a JSON library: it only writes.
#pragma once

#include <string>
#include <string_view>

namespace ticklake::market {

/// The most bytes that a byte of a string may become ("\u0000").
inline constexpr size_t kJsonEscapeGrowth = 6;

/// Writes `text` (valid UTF-8) without quotes, escaped as RFC 8259 asks, at p, which has room
/// for kJsonEscapeGrowth * size bytes; returns the end.
char* WriteJsonEscaped(char* p, std::string_view text);

/// Appends `text` as a JSON string with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

/// True if the text is exactly one JSON number (RFC 8259 section 6): "-1", "0.0", "1e5";
/// not "007", "1.", ".5", "+1", "NaN" or "".
bool IsJsonNumber(std::string_view text);

}  // namespace ticklake::market
