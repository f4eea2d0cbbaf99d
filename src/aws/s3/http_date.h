// The two forms of a time on S3's wire, and the three that HTTP lets a client send (RFC
// 9110, 5.6.7).
//
// Threading: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ticklake::aws::s3 {

/// "Wed, 25 Nov 2026 07:31:00 GMT"; the fraction is cut off.
std::string HttpDate(Nanos at);

/// "2026-11-25T07:31:00.123Z"
std::string IsoMillis(Nanos at);

/// A time of whole seconds; nullopt if it is none.
std::optional<Nanos> ParseHttpDate(std::string_view text);

}  // namespace ticklake::aws::s3
