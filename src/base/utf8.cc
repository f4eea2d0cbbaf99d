#include "base/utf8.h"

namespace ticklake {
namespace {

/// Bytes of the character at the beginning of `text`; 0 if there is no valid one.
size_t CharacterLength(std::string_view text) {
  const auto at = [&](size_t i) -> uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&](size_t i) { return (at(i) & 0xC0) == 0x80; };
  const uint32_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    const uint32_t low = lead == 0xE0 ? 0xA0 : 0x80;   // overlong
    const uint32_t high = lead == 0xED ? 0x9F : 0xBF;  // surrogates
    return at(1) >= low && at(1) <= high && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    const uint32_t low = lead == 0xF0 ? 0x90 : 0x80;   // overlong
    const uint32_t high = lead == 0xF4 ? 0x8F : 0xBF;  // above U+10FFFF
    return at(1) >= low && at(1) <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    const size_t length = CharacterLength(text.substr(pos));
    if (length == 0) break;
    pos += length;
  }
  return pos;
}

void AppendUtf8(std::string& out, uint32_t character) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto rest = [&](int shift) { put(0x80 | ((character >> shift) & 0x3F)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6));
    rest(0);
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    rest(6);
    rest(0);
  } else {
    put(0xF0 | (character >> 18));
    rest(12);
    rest(6);
    rest(0);
  }
}

std::string_view AsUtf8(std::string_view bytes, std::string& scratch) {
  if (IsUtf8(bytes)) return bytes;
  scratch.clear();
  while (!bytes.empty()) {
    const size_t valid = ValidUtf8Prefix(bytes);
    scratch.append(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    AppendUtf8(scratch, 0xFFFD);
    bytes.remove_prefix(1);
  }
  return scratch;
}

}  // namespace ticklake
