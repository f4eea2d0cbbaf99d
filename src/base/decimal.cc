#include "base/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace ticklake {
namespace {

using Wide = __int128_t;

constexpr int32_t kMaxScale = 18;

constexpr std::array<int64_t, kMaxScale + 1> kPowers = [] {
  std::array<int64_t, kMaxScale + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

int64_t Power(int32_t exponent) { return kPowers[static_cast<size_t>(exponent)]; }

bool Fits(Wide value) {
  return value >= std::numeric_limits<int64_t>::min() &&
         value <= std::numeric_limits<int64_t>::max();
}

std::unexpected<Error> Bad(std::string_view text, std::string_view why) {
  return Fail(Code::kInvalid, "'{}': {}", text.substr(0, 64), why);
}

/// A number's text taken apart: [-] digits, of which `scale` stand after the point.
struct Parts {
  bool negative = false;
  std::string digits;
  int64_t scale = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Result<Parts> Split(std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  if (rest.starts_with('-')) {
    parts.negative = true;
    rest.remove_prefix(1);
  }
  bool point = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    if (rest[0] == '.' && !point) {
      point = true;
    } else if (IsDigit(rest[0])) {
      parts.digits.push_back(rest[0]);
      parts.scale += point ? 1 : 0;
    } else {
      break;
    }
  }
  if (parts.digits.empty()) return Bad(text, "not a decimal number");
  if (rest.empty()) return parts;
  if (rest[0] != 'e' && rest[0] != 'E') return Bad(text, "not a decimal number");
  rest.remove_prefix(1);
  if (rest.starts_with('+') && rest.size() > 1 && IsDigit(rest[1])) rest.remove_prefix(1);
  int32_t exponent = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
  if (rest.empty() || end != rest.data() + rest.size()) return Bad(text, "not a decimal number");
  if (error != std::errc{}) return Bad(text, "exponent out of range");
  parts.scale -= exponent;
  return parts;
}

}  // namespace

Result<Decimal> Decimal::Parse(std::string_view text) {
  TL_ASSIGN(Parts parts, Split(text));
  std::string& digits = parts.digits;
  const size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  digits.erase(0, first);
  if (digits == "0") {
    return Decimal{0, static_cast<int32_t>(std::clamp<int64_t>(parts.scale, 0, kMaxScale))};
  }
  // Zeros at the end are kept as scale unless that would not fit.
  const auto too_long = [&] {
    return digits.size() > 19 || (digits.size() == 19 && digits > "9223372036854775807");
  };
  while (digits.size() > 1 && digits.back() == '0' && parts.scale > 0 &&
         (parts.scale > kMaxScale || too_long())) {
    digits.pop_back();
    --parts.scale;
  }
  if (parts.scale > kMaxScale) return Bad(text, "more than 18 digits after the point");
  if (static_cast<int64_t>(digits.size()) - std::min<int64_t>(parts.scale, 0) > 19) {
    return Bad(text, "too many digits for a 64-bit decimal");
  }
  for (; parts.scale < 0; ++parts.scale) digits.push_back('0');
  Wide value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  if (parts.negative) value = -value;
  if (!Fits(value)) return Bad(text, "too many digits for a 64-bit decimal");
  return Decimal{static_cast<int64_t>(value), static_cast<int32_t>(parts.scale)};
}

Result<Decimal> Decimal::Rescale(int32_t new_scale) const {
  if (new_scale < 0 || new_scale > kMaxScale) {
    return Fail(Code::kInvalid, "scale {} is not one of 0 to {}", new_scale, kMaxScale);
  }
  if (new_scale <= scale) {
    const int64_t divisor = Power(scale - new_scale);
    if (mantissa % divisor != 0) {
      return Fail(Code::kInvalid, "{} would lose digits at scale {}", ToString(), new_scale);
    }
    return Decimal{mantissa / divisor, new_scale};
  }
  const Wide value = static_cast<Wide>(mantissa) * Power(new_scale - scale);
  if (!Fits(value)) {
    return Fail(Code::kInvalid, "{} overflows 64 bits at scale {}", ToString(), new_scale);
  }
  return Decimal{static_cast<int64_t>(value), new_scale};
}

Result<Decimal> Decimal::Plus(const Decimal& other) const {
  const int32_t common = std::max(scale, other.scale);
  const Wide sum = static_cast<Wide>(mantissa) * Power(common - scale) +
                   static_cast<Wide>(other.mantissa) * Power(common - other.scale);
  if (!Fits(sum)) {
    return Fail(Code::kInvalid, "{} + {} overflows 64 bits", ToString(), other.ToString());
  }
  return Decimal{static_cast<int64_t>(sum), common};
}

double Decimal::ToDouble() const {
  constexpr int64_t kExact = int64_t{1} << 53;
  // Both operands are exact doubles, so one division rounds correctly.
  if (mantissa <= kExact && mantissa >= -kExact) {
    return static_cast<double>(mantissa) / static_cast<double>(Power(scale));
  }
  const std::string text = ToString();
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string Decimal::ToString() const {
  const bool negative = mantissa < 0;
  const uint64_t magnitude =
      negative ? ~static_cast<uint64_t>(mantissa) + 1 : static_cast<uint64_t>(mantissa);
  std::string digits = std::to_string(magnitude);
  if (scale > 0) {
    const auto fraction = static_cast<size_t>(scale);
    if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
    digits.insert(digits.size() - fraction, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

std::strong_ordering Decimal::Compare(const Decimal& other) const {
  const int32_t common = std::max(scale, other.scale);
  const Wide a = static_cast<Wide>(mantissa) * Power(common - scale);
  const Wide b = static_cast<Wide>(other.mantissa) * Power(common - other.scale);
  return a < b   ? std::strong_ordering::less
         : a > b ? std::strong_ordering::greater
                 : std::strong_ordering::equal;
}

}  // namespace ticklake
