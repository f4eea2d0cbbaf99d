// Integer mathematics for state that must be the same on every machine: no floating point, no
// libm.
//
// Numbers named q32 or q8 are fixed point with so many fraction bits. Threading: functions
// without state.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/random.h"

namespace ticklake::market {

namespace fixed_math_internal {

inline constexpr uint64_t kLn2Q32 = 2977044472;  // ln 2 · 2^32

// log2(1 + i / 256) · 2^32, by repeated squaring.
constexpr uint64_t Log2Q32(unsigned i) {
  __uint128_t x = (static_cast<__uint128_t>(256 + i) << 54);  // q62, in [1, 2]
  if (i == 256) return uint64_t{1} << 32;
  uint64_t bits = 0;
  for (int b = 0; b < 32; ++b) {
    x = (x * x) >> 62;
    bits <<= 1;
    if (x >> 63) {
      bits |= 1;
      x >>= 1;
    }
  }
  return bits;
}

constexpr std::array<uint64_t, 257> MakeLog2Table() {
  std::array<uint64_t, 257> table{};
  for (unsigned i = 0; i < table.size(); ++i) table[i] = Log2Q32(i);
  return table;
}
inline constexpr std::array<uint64_t, 257> kLog2Table = MakeLog2Table();

}  // namespace fixed_math_internal

/// -ln(u / 2^64) · 2^32: a unit exponential for a uniform u. Linear between 257 points of the
/// logarithm: off by less than 3e-6. u = 0 counts as 1.
constexpr uint64_t UnitExponentialQ32(uint64_t u) {
  using namespace fixed_math_internal;
  if (u == 0) u = 1;
  const int zeros = std::countl_zero(u);
  const uint64_t fraction = (u << zeros) << 1;  // without the leading one
  const uint64_t i = fraction >> 56;
  const uint64_t rest = (fraction >> 24) & 0xffffffff;
  const uint64_t log2 = kLog2Table[i] + (((kLog2Table[i + 1] - kLog2Table[i]) * rest) >> 32);
  const uint64_t minus_log2 = (static_cast<uint64_t>(zeros + 1) << 32) - log2;
  return static_cast<uint64_t>((static_cast<__uint128_t>(minus_log2) * kLn2Q32) >> 32);
}

/// An exponentially distributed span of the given mean, which is below 2^58.
inline int64_t ExponentialSpan(Random& random, int64_t mean) {
  return static_cast<int64_t>(
      (static_cast<__uint128_t>(UnitExponentialQ32(random.Next())) * static_cast<uint64_t>(mean)) >>
      32);
}

/// Pareto(1) cut at n: P(value >= k) is about 1 / k for k in 1..n.
inline int64_t ParetoUpTo(Random& random, int64_t n) {
  return n / (1 + static_cast<int64_t>(random.Below(static_cast<uint64_t>(n))));
}

/// The largest r with r · r <= v.
constexpr uint64_t IntegerSqrt(__uint128_t v) {
  uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const uint64_t candidate = root | (uint64_t{1} << bit);
    if (static_cast<__uint128_t>(candidate) * candidate <= v) root = candidate;
  }
  return root;
}

}  // namespace ticklake::market
