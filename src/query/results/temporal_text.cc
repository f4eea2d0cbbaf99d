#include "query/results/temporal_text.h"

#include <fmt/format.h>
#include <array>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace ticklake::query {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int32_t kDateInfinity = std::numeric_limits<int32_t>::max();
constexpr int64_t kTimestampInfinity = std::numeric_limits<int64_t>::max();

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct Civil {
  int64_t year;
  int month;
  int day;
};

// Howard Hinnant's days-to-civil: eras of 400 years that start on 1 March.
Civil CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = FloorDiv(days, 146'097);
  const auto day_of_era = static_cast<int>(days - era * 146'097);
  const int year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * day_of_year + 2) / 153;
  const int month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted + 2) / 5 + 1};
}

// Writes the date; true if it is before year 1, so that the caller ends with " (BC)".
bool AppendCivil(int64_t days, std::string& out) {
  const Civil date = CivilFromDays(days);
  const bool before_christ = date.year <= 0;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}",
                 before_christ ? 1 - date.year : date.year, date.month, date.day);
  return before_christ;
}

void AppendOffset(int32_t seconds, std::string& out) {
  out += seconds < 0 ? '-' : '+';
  const int32_t size = std::abs(seconds);
  fmt::format_to(std::back_inserter(out), "{:02}", size / 3'600);
  if (size % 3'600 != 0) {
    fmt::format_to(std::back_inserter(out), ":{:02}", size % 3'600 / 60);
  }
  if (size % 60 != 0) fmt::format_to(std::back_inserter(out), ":{:02}", size % 60);
}

void AppendUnit(int64_t count, const char* name, std::string& out) {
  if (count == 0) return;
  fmt::format_to(std::back_inserter(out), "{}{} {}{}", out.empty() ? "" : " ", count, name,
                 count == 1 || count == -1 ? "" : "s");
}

}  // namespace

void AppendDate(int32_t days, std::string& out) {
  if (days == kDateInfinity || days == -kDateInfinity) {
    out += days > 0 ? "infinity" : "-infinity";
    return;
  }
  if (AppendCivil(days, out)) out += " (BC)";
}

void AppendTime(int64_t ticks, int64_t per_second, std::string& out) {
  const int64_t seconds = ticks / per_second;
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3'600,
                 seconds % 3'600 / 60, seconds % 60);
  int64_t fraction = ticks % per_second;
  if (fraction == 0) return;
  out += '.';
  for (int64_t unit = per_second / 10; fraction != 0; unit /= 10) {
    out += static_cast<char>('0' + fraction / unit);
    fraction %= unit;
  }
}

void AppendTimeTz(uint64_t bits, std::string& out) {
  // 40 bits of microseconds above 24 bits that hold the offset, turned round for sorting.
  constexpr int32_t kMaxOffset = 16 * 3'600 - 1;
  AppendTime(static_cast<int64_t>(bits >> 24), 1'000'000, out);
  AppendOffset(kMaxOffset - static_cast<int32_t>(bits & 0xFF'FFFF), out);
}

void AppendTimestamp(int64_t ticks, const TimestampForm& form, std::string& out) {
  if (ticks == kTimestampInfinity || ticks == -kTimestampInfinity) {
    out += ticks > 0 ? "infinity" : "-infinity";
    return;
  }
  const int64_t per_day = form.per_second * kSecondsPerDay;
  const int64_t days = FloorDiv(ticks, per_day);
  const int64_t in_day = (ticks % per_day + per_day) % per_day;
  const bool before_christ = AppendCivil(days, out);
  out += form.style == TimeStyle::kIso ? 'T' : ' ';
  AppendTime(in_day, form.per_second, out);
  if (form.zoned) out += form.style == TimeStyle::kIso ? "Z" : "+00";
  if (before_christ) out += " (BC)";
}

void AppendInterval(const duckdb_interval& interval, std::string& out) {
  std::string text;
  AppendUnit(interval.months / 12, "year", text);
  AppendUnit(interval.months % 12, "month", text);
  AppendUnit(interval.days, "day", text);
  if (interval.micros != 0 || text.empty()) {
    if (!text.empty()) text += ' ';
    if (interval.micros < 0) text += '-';
    // The smallest value has no positive twin; it is off by one microsecond here, 292,000 years
    // out.
    const int64_t size = interval.micros == std::numeric_limits<int64_t>::min()
                             ? std::numeric_limits<int64_t>::max()
                             : std::abs(interval.micros);
    AppendTime(size, 1'000'000, text);
  }
  out += text;
}

}  // namespace ticklake::query
