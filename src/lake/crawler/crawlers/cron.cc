#include "lake/crawler/crawlers/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace ticklake::lake::crawler {
namespace {

using std::chrono::day;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED",
                                                       "THU", "FRI", "SAT"};
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;

struct FieldRange {
  std::string_view name;
  int low;
  int high;
  std::span<const std::string_view> words;  // the first one stands for `low`
};

std::unexpected<Error> Bad(std::string_view field, std::string_view text) {
  return Fail(Code::kInvalid, "{}: '{}' is not understood", field, text);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

Result<int> Number(std::string_view text, const FieldRange& range) {
  for (size_t i = 0; i < range.words.size(); ++i) {
    if (text == range.words[i]) return range.low + static_cast<int>(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Bad(range.name, text);
  if (value < range.low || value > range.high) {
    return Fail(Code::kInvalid, "{}: {} is not from {} to {}", range.name, value, range.low,
                range.high);
  }
  return value;
}

// "*", "5", "1-5", "*/15", "3-20/5"
template <size_t kBits>
Result<void> AddItem(std::string_view item, const FieldRange& range, std::bitset<kBits>& bits) {
  const auto steps = Split(item, '/');
  if (steps.size() > 2) return Bad(range.name, item);
  int step = 1;
  if (steps.size() == 2) {
    TL_ASSIGN(step, Number(steps[1], {range.name, 1, range.high, {}}));
  }
  int low = range.low;
  int high = range.high;
  if (steps[0] != "*") {
    const auto ends = Split(steps[0], '-');
    if (ends.size() > 2) return Bad(range.name, item);
    TL_ASSIGN(low, Number(ends[0], range));
    if (ends.size() == 2) {
      TL_ASSIGN(high, Number(ends[1], range));
    } else if (steps.size() == 1) {
      high = low;
    }
  }
  if (low > high) return Bad(range.name, item);
  for (int value = low; value <= high; value += step) bits.set(static_cast<size_t>(value));
  return {};
}

template <size_t kBits>
Result<void> AddField(std::string_view text, const FieldRange& range, std::bitset<kBits>& bits) {
  for (const std::string_view item : Split(text, ',')) TL_TRY(AddItem(item, range, bits));
  return {};
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return upper;
}

unsigned LastDayOf(const year_month_day& date) {
  return static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
}

int WeekdayOf(sys_days day) { return static_cast<int>(weekday(day).c_encoding()) + 1; }

// Monday to Friday nearest to the n-th of its month, within that month.
sys_days NearestWeekday(const year_month_day& date, int n) {
  const unsigned last = LastDayOf(date);
  const unsigned wanted = std::min(static_cast<unsigned>(n), last);
  const sys_days exact = date.year() / date.month() / day(wanted);
  const int on = WeekdayOf(exact);
  if (on == 7) return wanted == 1 ? exact + std::chrono::days(2) : exact - std::chrono::days(1);
  if (on == 1) return wanted == last ? exact - std::chrono::days(2) : exact + std::chrono::days(1);
  return exact;
}

}  // namespace

Result<Cron> Cron::Parse(std::string_view text) {
  const std::string upper = Upper(text);
  std::string_view rest = upper;
  if (!rest.starts_with("CRON(") || !rest.ends_with(")")) {
    return Fail(Code::kInvalid, "'{}' is no cron expression: cron(15 12 * * ? *) is one", text);
  }
  rest = rest.substr(5, rest.size() - 6);
  std::vector<std::string_view> fields = Split(rest, ' ');
  std::erase(fields, "");
  if (fields.size() != 6) {
    return Fail(Code::kInvalid,
                "'{}' has {} fields; six are wanted: minutes, hours, day of the month, "
                "month, day of the week, year",
                text, fields.size());
  }
  if ((fields[2] == "?") == (fields[4] == "?")) {
    return Fail(Code::kInvalid,
                "'{}': one of day of the month and day of the week must be ?, not both", text);
  }
  Cron cron;
  TL_TRY(AddField(fields[0], {"minutes", 0, 59, {}}, cron.minutes_));
  TL_TRY(AddField(fields[1], {"hours", 0, 23, {}}, cron.hours_));
  const FieldRange days{"day of the month", 1, 31, {}};
  if (fields[2] == "L") {
    cron.last_day_ = true;
  } else if (fields[2].ends_with('W')) {
    TL_ASSIGN(cron.near_day_, Number(fields[2].substr(0, fields[2].size() - 1), days));
  } else if (fields[2] != "?") {
    TL_TRY(AddField(fields[2], days, cron.days_));
  }
  TL_TRY(AddField(fields[3], {"month", 1, 12, kMonths}, cron.months_));
  const FieldRange weekdays{"day of the week", 1, 7, kWeekdays};
  const auto hash = Split(fields[4], '#');
  if (fields[4] == "L") {
    cron.weekdays_.set(7);
  } else if (fields[4].ends_with('L')) {
    TL_ASSIGN(cron.last_weekday_, Number(fields[4].substr(0, fields[4].size() - 1), weekdays));
  } else if (hash.size() == 2) {
    TL_ASSIGN(cron.nth_weekday_, Number(hash[0], weekdays));
    TL_ASSIGN(cron.nth_, Number(hash[1], {"day of the week", 1, 5, {}}));
  } else if (fields[4] != "?") {
    TL_TRY(AddField(fields[4], weekdays, cron.weekdays_));
  }
  TL_TRY(AddField(fields[5], {"year", kFirstYear, kLastYear, {}}, cron.years_));
  return cron;
}

bool Cron::OnDay(sys_days day) const {
  const year_month_day date(day);
  const auto of_month = static_cast<unsigned>(date.day());
  const int of_week = WeekdayOf(day);
  if (last_day_) return of_month == LastDayOf(date);
  if (near_day_ > 0) return day == NearestWeekday(date, near_day_);
  if (last_weekday_ > 0) return of_week == last_weekday_ && of_month + 7 > LastDayOf(date);
  if (nth_weekday_ > 0) {
    return of_week == nth_weekday_ && static_cast<int>((of_month - 1) / 7) + 1 == nth_;
  }
  if (days_.any()) return days_.test(of_month);
  return weekdays_.test(static_cast<size_t>(of_week));
}

std::optional<Nanos> Cron::Next(Nanos time) const {
  using std::chrono::floor;
  using std::chrono::minutes;
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(time)};
  auto minute = floor<minutes>(at) + minutes(1);
  auto day = floor<std::chrono::days>(minute);
  for (bool first = true;; day += std::chrono::days(1), first = false) {
    const year_month_day date(day);
    const int year = static_cast<int>(date.year());
    if (year > kLastYear) return std::nullopt;
    if (!years_.test(static_cast<size_t>(year)) ||
        !months_.test(static_cast<unsigned>(date.month())) || !OnDay(day)) {
      continue;
    }
    for (int of_day = first ? static_cast<int>((minute - day).count()) : 0; of_day < 24 * 60;
         ++of_day) {
      if (!hours_.test(static_cast<size_t>(of_day / 60))) continue;
      if (!minutes_.test(static_cast<size_t>(of_day % 60))) continue;
      const auto found = day + minutes(of_day);
      return std::chrono::duration_cast<std::chrono::nanoseconds>(found.time_since_epoch()).count();
    }
  }
}

}  // namespace ticklake::lake::crawler
