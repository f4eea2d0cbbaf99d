// The parts of a request target: percent-decoding and query strings (RFC 3986).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::net {

struct Target {
  std::string path;  ///< decoded
  std::map<std::string, std::string> query;
};

/// Takes "/a%20b?x=1&y" apart; '+' in the query means a space. kInvalid for a bad escape.
Result<Target> ParseTarget(std::string_view target);

/// Resolves %XX, and '+' to a space if asked to. kInvalid for a bad escape.
Result<std::string> PercentDecode(std::string_view text, bool plus_is_space);

/// Escapes all but unreserved characters.
std::string PercentEncode(std::string_view text);

}  // namespace ticklake::net
