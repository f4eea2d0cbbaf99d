// Dates, times, timestamps and intervals as text, proleptic Gregorian, always UTC.
//
// Each appends to `out`. A fraction has no trailing zeros and is left out when zero; years
// before 1 are written as DuckDB does, "0044-03-15 (BC)"; infinities are "infinity" and
// "-infinity". Threading: pure functions.
#pragma once

#include <duckdb.h>
#include <cstdint>
#include <string>

namespace ticklake::query {

/// How a timestamp looks: "2024-11-22 18:26:40.5+00", or ISO 8601 "2024-11-22T18:26:40.5Z".
enum class TimeStyle { kSql, kIso };

void AppendDate(int32_t days, std::string& out);
/// `ticks` since midnight, `per_second` of them a second.
void AppendTime(int64_t ticks, int64_t per_second, std::string& out);
/// DuckDB's packed time with offset: "18:26:40+02", "18:26:40-03:30".
void AppendTimeTz(uint64_t bits, std::string& out);

struct TimestampForm {
  int64_t per_second = 1'000'000;
  bool zoned = false;  ///< a timestamptz: with "+00" or "Z"
  TimeStyle style = TimeStyle::kSql;
};
void AppendTimestamp(int64_t ticks, const TimestampForm& form, std::string& out);

/// "1 year 2 months 3 days -04:05:06.5"; "00:00:00" when zero.
void AppendInterval(const duckdb_interval& interval, std::string& out);

}  // namespace ticklake::query
