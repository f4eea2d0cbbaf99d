// Numbers as text that reads back to the same value. Each appends to `out`.
#pragma once

#include <duckdb.h>
#include <cstdint>
#include <string>
#include <string_view>

namespace ticklake::query {

/// The shortest text that round-trips, always with a point or an exponent ("1.0", "1e+20");
/// "NaN", "Infinity" and "-Infinity" else.
void AppendFloating(double value, std::string& out);
void AppendFloating(float value, std::string& out);

void AppendHuge(const duckdb_hugeint& value, std::string& out);
void AppendHuge(const duckdb_uhugeint& value, std::string& out);
/// value × 10^-scale with exactly `scale` digits after the point: "-0.05".
void AppendDecimal(const duckdb_hugeint& value, uint8_t scale, std::string& out);
/// DuckDB's BIGNUM as stored: three bytes of header, then the magnitude, big-endian; all bytes
/// inverted when negative.
void AppendBignum(std::string_view stored, std::string& out);

}  // namespace ticklake::query
