#include "lake/rows/json_token.h"

#include <charconv>
#include <system_error>

namespace ticklake::lake {

bool JsonNumber::AsDoubleSlowly(double* out) const {
  const auto [stop, ec] = std::from_chars(begin, end, *out);
  if (ec == std::errc()) return true;
  // Out of range: too large, or so small that it rounds to zero, as every parser has it.
  if (exponent + digits > 0) return false;
  *out = negative ? -0.0 : 0.0;
  return true;
}

}  // namespace ticklake::lake
