// The innermost steps of reading JSON: spaces, strings, numbers; for the scan and the hot path.
//
// Pointers run over [p, end); nothing is read beyond end. Threading: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ticklake::lake {

inline const char* SkipJsonSpace(const char* p, const char* end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
  return p;
}

/// The first '"', '\\' or control character in [p, end), or end.
inline const char* FindStringStop(const char* p, const char* end) {
  // Eight bytes at a time: a byte of x is zero where (x - 01…) & ~x & 80… is set; exact up to and
  // including the first hit, which is all that is asked for.
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  constexpr uint64_t kHighs = 0x8080808080808080ULL;
  const auto zeros = [](uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  while (end - p >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    const uint64_t stops = zeros(word ^ (kOnes * '"')) | zeros(word ^ (kOnes * '\\')) |
                           ((word - kOnes * 0x20) & ~word & kHighs);
    if (stops == 0) {
      p += 8;
    } else if constexpr (std::endian::native == std::endian::little) {
      return p + std::countr_zero(stops) / 8;
    } else {
      break;
    }
  }
  while (p < end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
}

/// A number as its text says: ±mantissa × 10^exponent.
struct JsonNumber {
  const char* begin = nullptr;
  const char* end = nullptr;
  uint64_t mantissa = 0;  ///< all digits, if there are no more than 19 significant ones
  int64_t exponent = 0;
  int digits = 0;  ///< significant ones
  bool negative = false;
  bool integral = false;  ///< no fraction, no exponent

  /// False if it is not integral or beyond int64.
  bool AsLong(int64_t* out) const {
    if (!integral || digits > 19) return false;
    const uint64_t limit = (uint64_t{1} << 63) - (negative ? 0 : 1);
    if (mantissa > limit) return false;
    *out = static_cast<int64_t>(negative ? 0 - mantissa : mantissa);
    return true;
  }
  /// The nearest double; false if it is beyond the finite ones.
  bool AsDouble(double* out) const {
    static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    // Both operands are exact, so that one IEEE operation rounds correctly (Clinger 1990).
    if (digits > 19 || mantissa > (uint64_t{1} << 53) || exponent < -22 || exponent > 22) {
      return AsDoubleSlowly(out);
    }
    auto value = static_cast<double>(mantissa);
    value = exponent < 0 ? value / kPowers[-exponent] : value * kPowers[exponent];
    *out = negative ? -value : value;
    return true;
  }
  /// As AsDouble, but false too if it is an integer that no double equals.
  bool AsExactDouble(double* out) const {
    if (!AsDouble(out)) return false;
    if (!integral || (digits <= 19 && mantissa <= (uint64_t{1} << 53))) return true;
    int64_t exact = 0;
    return AsLong(&exact) && *out < 0x1p63 && static_cast<int64_t>(*out) == exact;
  }

 private:
  bool AsDoubleSlowly(double* out) const;
};

/// The digits at p, eight at most: how many, and *value what they say. [p, p + 8) can be read.
/// Little-endian machines only.
inline int ReadDigits(const char* p, uint64_t* value) {
  constexpr uint64_t kHighs = 0x8080808080808080ULL;
  constexpr uint64_t kEveryFourth = 0x000000FF000000FFULL;
  uint64_t word = 0;
  std::memcpy(&word, p, 8);
  word ^= 0x3030303030303030ULL;  // digits become 0 to 9, all else more
  // Exact up to the first byte that is no digit: a carry runs towards later ones.
  const uint64_t others = ((word + 0x7676767676767676ULL) | word) & kHighs;
  const int count = others == 0 ? 8 : std::countr_zero(others) / 8;
  if (count == 0) return 0;
  word <<= 64 - 8 * count;         // zeros lead
  word = word * 10 + (word >> 8);  // every other byte: a pair, 0 to 99
  *value = ((word & kEveryFourth) * (100 + (1'000'000ULL << 32)) +
            ((word >> 16) & kEveryFourth) * (1 + (10'000ULL << 32))) >>
           32;
  return count;
}

/// Reads a number at p; its end, or nullptr if it is malformed (RFC 8259, section 6).
inline const char* ReadJsonNumber(const char* p, const char* end, JsonNumber* number) {
  const auto digit = [&] { return p < end && static_cast<unsigned char>(*p - '0') < 10; };
  const auto take_all = [&] {
    static constexpr uint64_t kPowers[] = {1,       10,        100,        1'000,      10'000,
                                           100'000, 1'000'000, 10'000'000, 100'000'000};
    // In strides, as long as every digit counts and the mantissa holds it.
    while (std::endian::native == std::endian::little && end - p >= 8 && number->digits <= 11 &&
           (number->digits > 0 || *p != '0')) {
      uint64_t value = 0;
      const int count = ReadDigits(p, &value);
      number->mantissa = number->mantissa * kPowers[count] + value;
      number->digits += count;
      p += count;
      if (count < 8) return;
    }
    for (; digit(); ++p) {
      if (number->digits < 19)
        number->mantissa = number->mantissa * 10 + static_cast<uint64_t>(*p - '0');
      if (number->digits > 0 || *p != '0') ++number->digits;
    }
  };
  number->begin = p;
  if (p < end && *p == '-') {
    number->negative = true;
    ++p;
  }
  if (!digit()) return nullptr;
  if (*p == '0') {
    ++p;
    if (digit()) return nullptr;
  } else {
    take_all();
  }
  number->integral = true;
  if (p < end && *p == '.') {
    number->integral = false;
    ++p;
    if (!digit()) return nullptr;
    const char* const first = p;
    take_all();
    number->exponent = first - p;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    number->integral = false;
    ++p;
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    if (!digit()) return nullptr;
    int64_t exponent = 0;
    for (; digit(); ++p) {
      if (exponent < 1'000'000) exponent = exponent * 10 + (*p - '0');
    }
    number->exponent += negative ? -exponent : exponent;
  }
  number->end = p;
  return p;
}

}  // namespace ticklake::lake
