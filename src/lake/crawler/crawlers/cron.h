// AWS's cron expressions: cron(minutes hours day-of-month month day-of-week year), in UTC.
//
// https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html. Fields have
// numbers, names (JAN, SUN), lists, ranges, steps and *; one of the two days must be ?. A day of
// the month may be L (the last) or 15W (the weekday nearest to it), a day of the week 6L (the last
// Friday) or 6#3 (the third); the week's days are 1 = SUN to 7. Threading: plain values.
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake::lake::crawler {

class Cron {
 public:
  /// kInvalid names the field and what is wrong with it.
  static Result<Cron> Parse(std::string_view text);

  /// The first minute after `time` that it names; nothing if there is none before the year 2200.
  std::optional<Nanos> Next(Nanos time) const;

 private:
  Cron() = default;
  bool OnDay(std::chrono::sys_days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // of the month, from 1; empty where it is ?
  std::bitset<13> months_;   // from 1
  std::bitset<8> weekdays_;  // from 1 = Sunday
  std::bitset<2200> years_;  // by the year itself
  bool last_day_ = false;
  int near_day_ = 0;      // 15W
  int last_weekday_ = 0;  // 6L
  int nth_weekday_ = 0;   // 6#3: the 6
  int nth_ = 0;           // the 3
};

}  // namespace ticklake::lake::crawler
