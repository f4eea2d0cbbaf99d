// ASCII letters and blanks, whatever the locale: what protocols fold and pass over.
//
// Threading: pure functions. Does not: know any other alphabet; bytes beyond ASCII stay.
#pragma once

#include <string>
#include <string_view>

namespace ticklake {

inline std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Without blanks, tabs and line ends around it.
inline std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace ticklake
