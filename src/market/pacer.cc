#include "market/pacer.h"

#include <algorithm>

namespace ticklake::market {
namespace {

constexpr Nanos kShortestSleep = kNanosPerMilli;
constexpr Nanos kLongestSleep = 50 * kNanosPerMilli;  // so that a stop is seen
constexpr Nanos kTellEvery = 100 * kNanosPerMilli;
constexpr double kFarthest = 9e18;  // nanoseconds; later than any clock

}  // namespace

void Pacer::Start(Nanos origin) {
  started_ = true;
  origin_ = origin;
  start_ = now_ = clock_.Monotonic();
}

bool Pacer::WaitUntil(Nanos event_time, const Waiting& waiting) {
  if (!started_) Start(event_time);
  // In floating point, because two event times may lie farther apart than 64 bits reach.
  const double since = static_cast<double>(event_time) - static_cast<double>(origin_);
  const double due = std::min(static_cast<double>(start_) + since / speed_, kFarthest);
  Nanos next_tell = now_;
  while (static_cast<double>(now_) < due) {
    if (stop_.stop_requested()) return false;
    now_ = clock_.Monotonic();
    const double left = due - static_cast<double>(now_);
    if (left <= 0) break;
    if (waiting && now_ >= next_tell) {
      next_tell = now_ + kTellEvery;
      if (!waiting(static_cast<Nanos>(left))) return false;
    }
    const double span =
        std::clamp(left, static_cast<double>(kShortestSleep), static_cast<double>(kLongestSleep));
    clock_.SleepFor(std::chrono::nanoseconds(static_cast<Nanos>(span)));
    now_ = clock_.Monotonic();
  }
  return true;
}

}  // namespace ticklake::market
