#include "market/replay/event_time.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/decimal.h"
#include "market/json_text.h"

namespace ticklake::market {
namespace {

struct Known {
  TimeFormat format;
  std::string_view name;
  std::string_view title;
  int64_t nanos = 0;  // a unit of the number
};

constexpr std::array kKnown = {
    Known{TimeFormat::kIso, "iso", "ISO 8601", 0},
    Known{TimeFormat::kSeconds, "s", "epoch seconds", kNanosPerSecond},
    Known{TimeFormat::kMillis, "ms", "epoch milliseconds", kNanosPerMilli},
    Known{TimeFormat::kMicros, "us", "epoch microseconds", kNanosPerMicro},
    Known{TimeFormat::kNanos, "ns", "epoch nanoseconds", 1},
};

constexpr Nanos kPlausibleFrom = 315'532'800 * kNanosPerSecond;  // 1980-01-01
constexpr Nanos kPlausibleTo = 4'102'444'800 * kNanosPerSecond;  // 2100-01-01

Result<Nanos> ParseNumber(std::string_view text, const Known& known) {
  const auto wrong = [&] {
    return Fail(Code::kInvalid, "'{}': not {} between the years 1677 and 2262", text.substr(0, 64),
                known.title);
  };
  const auto number = Decimal::Parse(text);
  if (!number || !IsJsonNumber(text)) return wrong();
  __int128_t nanos = static_cast<__int128_t>(number->mantissa) * known.nanos;
  for (int32_t i = 0; i < number->scale; ++i) {
    nanos = nanos >= 0 ? nanos / 10 : -((-nanos + 9) / 10);  // rounds down
  }
  if (nanos < INT64_MIN || nanos > INT64_MAX) return wrong();
  return static_cast<Nanos>(nanos);
}

// As in 2024/11/22 too, which can be nothing else.
Result<Nanos> ParseIso(std::string_view text) {
  if (text.size() < 10 || text[4] != '/' || text[7] != '/') return ParseUtc(text);
  std::string dashes(text);
  dashes[4] = dashes[7] = '-';
  return ParseUtc(dashes);
}

}  // namespace

std::optional<TimeFormat> TimeFormatNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kKnown, name, &Known::name);
  if (found == kKnown.end()) return std::nullopt;
  return found->format;
}

std::string_view TimeFormatTitle(TimeFormat format) {
  return std::ranges::find(kKnown, format, &Known::format)->title;
}

Result<std::optional<TimeFormat>> RecogniseTime(std::string_view text) {
  if (!IsJsonNumber(text)) {
    if (ParseIso(text)) return TimeFormat::kIso;
    return std::nullopt;
  }
  for (const Known& known : kKnown) {
    if (known.format == TimeFormat::kIso) continue;
    const auto time = ParseNumber(text, known);
    if (time && *time >= kPlausibleFrom && *time < kPlausibleTo) return known.format;
  }
  const auto seconds = ParseNumber(text, kKnown[1]);
  return Fail(
      Code::kInvalid,
      "'{}' could be a time in more than one way: as epoch seconds it is {}, and in no unit "
      "does it fall into the years 1980 to 2099; say which it is: --time-format s, ms, us "
      "or ns",
      text.substr(0, 64), seconds ? FormatUtc(*seconds) : "beyond the year 2262");
}

Result<Nanos> ParseTime(std::string_view text, TimeFormat format) {
  if (format == TimeFormat::kIso) return ParseIso(text);
  return ParseNumber(text, *std::ranges::find(kKnown, format, &Known::format));
}

bool IsZoneless(std::string_view iso) {
  constexpr size_t kDate = 10;  // its dashes are none of a zone
  return iso.find_first_of("Zz+-", kDate) == std::string_view::npos;
}

}  // namespace ticklake::market
