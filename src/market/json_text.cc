#include "market/json_text.h"

#include <array>
#include <cstring>

namespace ticklake::market {
namespace {

// For each byte: 0 as it is, 'u' as \u00XX, otherwise the letter after the backslash.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[static_cast<size_t>(c)] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

const char* SkipDigits(const char* p, const char* end) {
  while (p != end && *p >= '0' && *p <= '9') ++p;
  return p;
}

}  // namespace

char* WriteJsonEscaped(char* p, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const char escape = kEscapes[static_cast<unsigned char>(c)];
    if (escape == 0) {
      *p++ = c;
      continue;
    }
    *p++ = '\\';
    *p++ = escape;
    if (escape == 'u') {
      const auto byte = static_cast<unsigned char>(c);
      p = static_cast<char*>(std::memcpy(p, "00", 2)) + 2;
      *p++ = kHex[byte >> 4];
      *p++ = kHex[byte & 15];
    }
  }
  return p;
}

void AppendJsonString(std::string& out, std::string_view text) {
  const size_t before = out.size();
  out.resize(before + 2 + text.size() * kJsonEscapeGrowth);
  char* p = out.data() + before;
  *p++ = '"';
  p = WriteJsonEscaped(p, text);
  *p++ = '"';
  out.resize(static_cast<size_t>(p - out.data()));
}

bool IsJsonNumber(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && *p == '-') ++p;
  const char* const whole = p;
  p = SkipDigits(p, end);
  if (p == whole || (*whole == '0' && p - whole > 1)) return false;
  if (p != end && *p == '.') {
    const char* const fraction = ++p;
    p = SkipDigits(p, end);
    if (p == fraction) return false;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    const char* const exponent = p;
    p = SkipDigits(p, end);
    if (p == exponent) return false;
  }
  return p == end;
}

}  // namespace ticklake::market
