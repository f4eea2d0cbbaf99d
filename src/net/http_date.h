// HttpDate: points in time as HTTP writes and reads them (RFC 9110, 5.6.7).
//
// Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ticklake::net {

/// "Wed, 25 Nov 2026 07:31:00 GMT"; the fraction is cut off.
std::string HttpDate(Nanos at);

/// The three forms of HTTP, the first one with +0000 for GMT as well, and "2026-11-25T07:31:00Z",
/// which AWS takes too. nullopt if it is none, or a year that nanoseconds do not reach.
std::optional<Nanos> ParseHttpDate(std::string_view text);

}  // namespace ticklake::net
