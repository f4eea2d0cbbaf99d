// Event times as files write them: ISO 8601, or a number of seconds, ms, us or ns since 1970.
//
// A number's unit is told by its magnitude: taken as that unit, it lies in the years 1980 to 2099,
// and for every number there is at most one such unit. A number without one (20241122, 1234) is
// not guessed at. ISO 8601 without a zone is UTC; the date may have slashes: 2024/11/22.
// Threading: functions without state.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake::market {

enum class TimeFormat { kIso, kSeconds, kMillis, kMicros, kNanos };

/// By its name on the command line: iso, s, ms, us, ns.
std::optional<TimeFormat> TimeFormatNamed(std::string_view name);
/// For people: "ISO 8601", "epoch milliseconds".
std::string_view TimeFormatTitle(TimeFormat format);

/// The format that `text` is written in; nullopt if it is no time at all. kInvalid, with the next
/// step, for a number whose magnitude does not tell its unit.
Result<std::optional<TimeFormat>> RecogniseTime(std::string_view text);

/// The time that `text` says in that format, rounded down to nanoseconds. Numbers may have a
/// fraction. kInvalid when it is not in that format, or beyond what nanoseconds reach (1677 to
/// 2262).
Result<Nanos> ParseTime(std::string_view text, TimeFormat format);

/// True if an ISO 8601 text names no zone.
bool IsZoneless(std::string_view iso);

}  // namespace ticklake::market
