#include "net/http_date.h"

#include <array>
#include <ctime>

#include <fmt/format.h>

namespace ticklake::net {
namespace {

constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// In UTC all of them.
constexpr std::array kForms = {"%a, %d %b %Y %H:%M:%S GMT",   "%a, %d %b %Y %H:%M:%S UTC",
                               "%a, %d %b %Y %H:%M:%S +0000", "%a, %d %b %Y %H:%M:%S -0000",
                               "%A, %d-%b-%y %H:%M:%S GMT",   "%a %b %e %H:%M:%S %Y",
                               "%Y-%m-%dT%H:%M:%SZ"};

// Nanoseconds of int64 end in 1677 and 2262.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

}  // namespace

std::string HttpDate(Nanos at) {
  Nanos seconds = at / kNanosPerSecond;
  if (at % kNanosPerSecond < 0) --seconds;
  const std::time_t time = seconds;
  std::tm t{};
  ::gmtime_r(&time, &t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays.at(t.tm_wday), t.tm_mday,
                     kMonths.at(t.tm_mon), t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

std::optional<Nanos> ParseHttpDate(std::string_view text) {
  const std::string copy(text);
  for (const char* form : kForms) {
    std::tm parts{};
    const char* end = ::strptime(copy.c_str(), form, &parts);
    if (end == nullptr || end != copy.c_str() + copy.size()) continue;
    const int year = parts.tm_year + 1900;
    if (year < kFirstYear || year > kLastYear) return std::nullopt;
    return static_cast<Nanos>(::timegm(&parts)) * kNanosPerSecond;
  }
  return std::nullopt;
}

}  // namespace ticklake::net
