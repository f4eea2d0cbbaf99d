// Exact decimal numbers: prices and sizes.
//
// value = mantissa / 10^scale, mantissa int64, scale 0..18. Overflow is an error, never a
// wrap. Threading: plain values. Not a general arithmetic type: markets add, scale, compare.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake {

struct Decimal {
  int64_t mantissa = 0;
  int32_t scale = 0;

  /// Parses "61837.63", "-1e-7", "0.02"; keeps trailing zeros as scale. kInvalid when it is
  /// no number, or not exactly representable.
  static Result<Decimal> Parse(std::string_view text);
  /// The same value at another scale; kInvalid if that would lose digits or overflow.
  Result<Decimal> Rescale(int32_t new_scale) const;
  Result<Decimal> Plus(const Decimal& other) const;
  double ToDouble() const;
  /// All `scale` digits after the point: {6183763, 2} is "61837.63".
  std::string ToString() const;
  /// Compares values, not representations: 1.50 equals 1.5.
  std::strong_ordering Compare(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return Compare(other) == 0; }
};

}  // namespace ticklake
