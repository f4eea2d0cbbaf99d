#include "base/clock.h"

#include <charconv>
#include <thread>

namespace ticklake {
namespace {

class MachineClock final : public Clock {
 public:
  Nanos Now() const override { return Count(std::chrono::system_clock::now()); }
  Nanos Monotonic() const override { return Count(std::chrono::steady_clock::now()); }
  void SleepFor(std::chrono::nanoseconds span) const override { std::this_thread::sleep_for(span); }

 private:
  template <class Point>
  static Nanos Count(Point point) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(point.time_since_epoch()).count();
  }
};

std::unexpected<Error> NotATime(std::string_view text) {
  return Fail(Code::kInvalid, "'{}': not an ISO 8601 date or time such as 2024-11-22T18:26:40.5Z",
              text.substr(0, 64));
}

/// Walks over the text; every step says whether what it wanted was there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool Digits(size_t count, int* value) {
    if (rest_.size() < count) return false;
    *value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      *value = *value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool OneOf(std::string_view set) {
    if (rest_.empty() || !set.contains(rest_[0])) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// ".5" to ".123456789", as nanoseconds.
  bool Fraction(int* nanos) {
    *nanos = 0;
    if (!OneOf(".,")) return true;
    int digits = 0;
    for (int digit = 0; digits < 9 && Digits(1, &digit); ++digits) *nanos = *nanos * 10 + digit;
    if (digits == 0) return false;
    for (; digits < 9; ++digits) *nanos *= 10;
    return true;
  }

  /// Nothing, Z, or +hh[:]mm, as minutes east of UTC.
  bool Zone(int* minutes) {
    *minutes = 0;
    if (rest_.empty() || OneOf("Zz")) return true;
    const bool west = rest_[0] == '-';
    int hour = 0;
    int minute = 0;
    if (!OneOf("+-") || !Digits(2, &hour)) return false;
    if (!rest_.empty() && ((OneOf(":"), !Digits(2, &minute)))) return false;
    if (hour > 23 || minute > 59) return false;
    *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

std::string FormatUtc(Nanos t) {
  using namespace std::chrono;
  // By whole seconds: the first day that nanoseconds can hold begins before they do.
  const sys_seconds time = floor<seconds>(sys_time<nanoseconds>(nanoseconds(t)));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<seconds> clock(time - day);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  const Nanos fraction = (t % kNanosPerSecond + kNanosPerSecond) % kNanosPerSecond;
  if (fraction != 0) {
    out += fmt::format(".{:09}", fraction);
    while (out.back() == '0') out.pop_back();
  }
  out.push_back('Z');
  return out;
}

Result<Nanos> ParseUtc(std::string_view text) {
  Cursor in(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int nanos = 0;
  int zone = 0;
  bool fine = in.Digits(4, &year) && in.OneOf("-") && in.Digits(2, &month) && in.OneOf("-") &&
              in.Digits(2, &day);
  if (fine && !in.AtEnd()) {
    fine = in.OneOf("Tt ") && in.Digits(2, &hour) && in.OneOf(":") && in.Digits(2, &minute);
    if (fine && in.OneOf(":")) fine = in.Digits(2, &second) && in.Fraction(&nanos);
    fine = fine && in.Zone(&zone);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!fine || !in.AtEnd() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return NotATime(text);
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  int64_t seconds = ((days * 24 + hour) * 60 + minute - zone) * 60 + second;
  // Towards zero: the first second that nanoseconds can hold begins before they do.
  Nanos fraction = nanos;
  if (seconds < 0 && fraction > 0) {
    ++seconds;
    fraction -= kNanosPerSecond;
  }
  Nanos result = 0;
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &result) ||
      __builtin_add_overflow(result, fraction, &result)) {
    return Fail(Code::kInvalid, "'{}': outside the years 1677 to 2262 that nanoseconds can hold",
                text);
  }
  return result;
}

}  // namespace ticklake
