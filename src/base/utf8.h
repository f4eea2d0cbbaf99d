// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF.
//
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ticklake {

/// Bytes of the longest prefix that is valid UTF-8.
size_t ValidUtf8Prefix(std::string_view text);

/// True if every byte is below 0x80.
inline bool IsAscii(std::string_view text) {
  uint64_t any = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    any |= word;
  }
  for (; i < text.size(); ++i) any |= static_cast<unsigned char>(text[i]);
  return (any & 0x8080808080808080ULL) == 0;
}

inline bool IsUtf8(std::string_view text) {
  return IsAscii(text) || ValidUtf8Prefix(text) == text.size();
}

/// Appends the UTF-8 form of a character.
void AppendUtf8(std::string& out, uint32_t character);

/// `bytes` if they are UTF-8; else a copy in `scratch` with U+FFFD for each byte that fits no
/// character.
std::string_view AsUtf8(std::string_view bytes, std::string& scratch);

}  // namespace ticklake
