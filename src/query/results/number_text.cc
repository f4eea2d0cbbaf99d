#include "query/results/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace ticklake::query {
namespace {

__extension__ using Wide = unsigned __int128;

Wide Join(uint64_t upper, uint64_t lower) { return (static_cast<Wide>(upper) << 64) | lower; }

std::string Digits(Wide value) {
  std::string text;
  do {
    text += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::ranges::reverse(text);
  return text;
}

// Magnitude of a two's complement value.
Wide Magnitude(const duckdb_hugeint& value) {
  const Wide bits = Join(static_cast<uint64_t>(value.upper), value.lower);
  return value.upper < 0 ? ~bits + 1 : bits;
}

template <class T>
void AppendShortest(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

void AppendFloating(double value, std::string& out) { AppendShortest(value, out); }
void AppendFloating(float value, std::string& out) { AppendShortest(value, out); }

void AppendHuge(const duckdb_hugeint& value, std::string& out) {
  if (value.upper < 0) out += '-';
  out += Digits(Magnitude(value));
}

void AppendHuge(const duckdb_uhugeint& value, std::string& out) {
  out += Digits(Join(value.upper, value.lower));
}

void AppendDecimal(const duckdb_hugeint& value, uint8_t scale, std::string& out) {
  std::string digits = Digits(Magnitude(value));
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (value.upper < 0) out += '-';
  out.append(digits, 0, digits.size() - scale);
  if (scale == 0) return;
  out += '.';
  out.append(digits, digits.size() - scale);
}

void AppendBignum(std::string_view stored, std::string& out) {
  constexpr size_t kHeader = 3;
  if (stored.size() <= kHeader) {
    out += '0';
    return;
  }
  const bool negative = (static_cast<unsigned char>(stored[0]) & 0x80) == 0;
  std::vector<uint32_t> limbs;  // base 10^9, least significant first
  for (const char c : stored.substr(kHeader)) {
    const auto byte = static_cast<unsigned char>(negative ? ~c : c);
    uint64_t carry = byte;
    for (uint32_t& limb : limbs) {
      carry += static_cast<uint64_t>(limb) * 256;
      limb = static_cast<uint32_t>(carry % 1'000'000'000);
      carry /= 1'000'000'000;
    }
    if (carry != 0) limbs.push_back(static_cast<uint32_t>(carry));
  }
  std::string text = limbs.empty() ? "0" : std::to_string(limbs.back());
  for (size_t i = limbs.empty() ? 0 : limbs.size() - 1; i-- > 0;) {
    const std::string part = std::to_string(limbs[i]);
    text.append(9 - part.size(), '0').append(part);
  }
  if (negative) out += '-';
  out += text;
}

}  // namespace ticklake::query
