// ASCII letters, whatever the locale: what protocols fold when they ignore case.
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

}  // namespace ticklake
