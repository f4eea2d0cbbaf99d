#include "aws/glue/filter_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "aws/glue/members.h"
#include "base/ascii.h"

namespace ticklake::aws::glue {
namespace {

constexpr int64_t kMaxExponent = 100'000;

std::optional<int64_t> Integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<FilterDecimal> Decimal(std::string_view text) {
  FilterDecimal value;
  if (text.starts_with('-') || text.starts_with('+')) {
    value.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    const auto exponent = Integer(text.substr(e + 1));
    if (!exponent || *exponent > kMaxExponent || *exponent < -kMaxExponent) return std::nullopt;
    value.exponent = *exponent;
    text = text.substr(0, e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  value.digits = std::string(text.substr(0, point));
  value.exponent += static_cast<int64_t>(point);
  if (point < text.size()) value.digits += text.substr(point + 1);
  if (!IsDigits(value.digits)) return std::nullopt;
  const size_t leading = value.digits.find_first_not_of('0');
  if (leading == std::string::npos) return FilterDecimal{};
  value.digits.erase(0, leading);
  value.exponent -= static_cast<int64_t>(leading);
  value.digits.erase(value.digits.find_last_not_of('0') + 1);
  return value;
}

// "2022-02-01", and nothing else.
std::optional<int64_t> Day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::string_view parts[] = {text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)};
  if (!std::ranges::all_of(parts, IsDigits)) return std::nullopt;
  const std::chrono::year_month_day day(
      std::chrono::year(static_cast<int>(*Integer(parts[0]))),
      std::chrono::month(static_cast<unsigned>(*Integer(parts[1]))),
      std::chrono::day(static_cast<unsigned>(*Integer(parts[2]))));
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day).time_since_epoch().count();
}

// "2022-02-01 12:34:56", with a fraction of up to nine digits.
std::optional<std::pair<int64_t, int64_t>> Timestamp(std::string_view text) {
  if (text.size() < 19 || text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto day = Day(text.substr(0, 10));
  const std::string_view parts[] = {text.substr(11, 2), text.substr(14, 2), text.substr(17, 2)};
  if (!day || !std::ranges::all_of(parts, IsDigits)) return std::nullopt;
  const int64_t hours = *Integer(parts[0]);
  const int64_t minutes = *Integer(parts[1]);
  const int64_t seconds = *Integer(parts[2]);
  if (hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  int64_t nanos = 0;
  if (text.size() > 19) {
    std::string fraction(text.substr(20));
    if (text[19] != '.' || fraction.size() > 9 || !IsDigits(fraction)) return std::nullopt;
    fraction.append(9 - fraction.size(), '0');
    nanos = *Integer(fraction);
  }
  return std::pair(((*day * 24 + hours) * 60 + minutes) * 60 + seconds, nanos);
}

template <class T>
std::optional<FilterValue> Lift(std::optional<T> value) {
  if (!value) return std::nullopt;
  return FilterValue(std::move(*value));
}

}  // namespace

std::strong_ordering FilterDecimal::operator<=>(const FilterDecimal& other) const {
  const auto sign = [](const FilterDecimal& d) {
    return d.digits.empty() ? 0 : d.negative ? -1 : 1;
  };
  if (sign(*this) != sign(other)) return sign(*this) <=> sign(other);
  const auto magnitude =
      exponent != other.exponent ? exponent <=> other.exponent : digits.compare(other.digits) <=> 0;
  return sign(*this) < 0 ? 0 <=> magnitude : magnitude;
}

std::optional<KeyType> KeyTypeOf(std::string_view hive_type) {
  std::string name = AsciiLower(hive_type);
  name.erase(std::min(name.find('('), name.size()));
  if (name == "string" || name == "char" || name == "varchar") return KeyType::kText;
  if (name == "tinyint" || name == "smallint" || name == "int" || name == "bigint") {
    return KeyType::kInteger;
  }
  if (name == "decimal") return KeyType::kDecimal;
  if (name == "date") return KeyType::kDate;
  if (name == "timestamp") return KeyType::kTimestamp;
  return std::nullopt;
}

std::optional<FilterValue> ParseFilterValue(KeyType type, std::string_view text) {
  switch (type) {
    case KeyType::kText: return FilterValue(std::string(text));
    case KeyType::kInteger: return Lift(Integer(text));
    case KeyType::kDecimal: return Lift(Decimal(text));
    case KeyType::kDate: return Lift(Day(text));
    case KeyType::kTimestamp: return Lift(Timestamp(text));
  }
  return std::nullopt;
}

std::string NotOfType(KeyType type, std::string_view text) {
  switch (type) {
    case KeyType::kInteger: return fmt::format("\"{}\" is not an integer.", text);
    case KeyType::kDecimal: return fmt::format("{} is not a decimal.", text);
    case KeyType::kDate: return fmt::format("{} is not a date.", text);
    default:
      return fmt::format(
          "Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] {} is not a timestamp.", text);
  }
}

}  // namespace ticklake::aws::glue
