// Literal: one value of a primitive type, and its single-value serialisation.
//
// Bounds of columns and partition values are literals (spec, "Appendix D: Single-value
// serialization", binary form). Threading: plain values. Does not: compare values of
// different types, or convert between them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake::iceberg {

/// std::monostate: null. int32_t: int, and date (days since 1970-01-01). int64_t: long, time,
/// timestamp and timestamptz (microseconds). std::string: string, binary, fixed, uuid
/// (16 bytes) and decimal (unscaled value, big-endian two's complement, fewest bytes).
using Literal = std::variant<std::monostate, bool, int32_t, int64_t, float, double, std::string>;

/// The binary form: numbers little-endian, others as their bytes. Null gives "".
std::string SingleValue(const Literal& value);

/// The reverse, for a column of that type. A bound written before the column was widened
/// (4 bytes for a long or double) is widened. kCorrupt when the length does not fit.
Result<Literal> ParseSingleValue(TypeId type, std::string_view bytes);

}  // namespace ticklake::lake::iceberg
