#include "aws/s3/http_date.h"

#include <ctime>

#include <fmt/format.h>

namespace ticklake::aws::s3 {
namespace {

constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm Parts(Nanos at) {
  Nanos seconds = at / kNanosPerSecond;
  if (at % kNanosPerSecond < 0) --seconds;
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return parts;
}

}  // namespace

std::string HttpDate(Nanos at) {
  const std::tm t = Parts(at);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[t.tm_wday], t.tm_mday,
                     kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string IsoMillis(Nanos at) {
  const std::tm t = Parts(at);
  Nanos millis = at / kNanosPerMilli % 1000;
  if (millis < 0) millis += 1000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, millis);
}

std::optional<Nanos> ParseHttpDate(std::string_view text) {
  const std::string copy(text);
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                           "%a %b %e %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%SZ"}) {
    std::tm parts{};
    const char* end = ::strptime(copy.c_str(), form, &parts);
    if (end == nullptr || end != copy.c_str() + copy.size()) continue;
    // Nanoseconds of int64 end in the year 2262.
    if (parts.tm_year < 0 || parts.tm_year > 350) return std::nullopt;
    return static_cast<Nanos>(::timegm(&parts)) * kNanosPerSecond;
  }
  return std::nullopt;
}

}  // namespace ticklake::aws::s3
