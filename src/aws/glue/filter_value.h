// FilterValue: a partition value or a literal, as its key's type orders it.
//
// Threading: plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ticklake::aws::glue {

enum class KeyType { kText, kInteger, kDecimal, kDate, kTimestamp };

/// Of Hive's type; nothing for one that Glue does not filter by.
std::optional<KeyType> KeyTypeOf(std::string_view hive_type);

/// An exact decimal of any length: 0.DIGITS * 10^exponent.
struct FilterDecimal {
  bool negative = false;
  int64_t exponent = 0;
  std::string digits;  ///< without zeros at either end; "" is zero

  std::strong_ordering operator<=>(const FilterDecimal& other) const;
  bool operator==(const FilterDecimal& other) const = default;
};

/// Text; integer or day since 1970; decimal; seconds since 1970 and nanoseconds.
using FilterValue = std::variant<std::string, int64_t, FilterDecimal, std::pair<int64_t, int64_t>>;

/// Nothing if the text is none of that type. Of each type the same alternative.
std::optional<FilterValue> ParseFilterValue(KeyType type, std::string_view text);

/// Why that text is none: "\"x\" is not an integer."
std::string NotOfType(KeyType type, std::string_view text);

}  // namespace ticklake::aws::glue
