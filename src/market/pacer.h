// Pacer: lets events go at their own pace, or N times as fast.
//
// An event of time t is due (t - origin) / speed after the start, by the monotonic clock: sleeping
// too long, or a slow reader, is made up for and never adds up. An event that is earlier than one
// before it was due already and goes at once: events are never reordered. Gaps below a
// millisecond go out together, late rather than early.
// Threading: one thread. Does not: know what the events are.
#pragma once

#include <functional>
#include <stop_token>

#include "base/clock.h"

namespace ticklake::market {

class Pacer {
 public:
  /// Called about ten times a second during a wait, with what is left of it; false ends the wait.
  using Waiting = std::function<bool(Nanos)>;

  /// `speed` > 0: seconds of event time per second of the clock. `clock` must outlive the pacer.
  Pacer(const Clock& clock, double speed, std::stop_token stop)
      : clock_(clock), speed_(speed), stop_(std::move(stop)) {}

  /// The event time that belongs to now.
  void Start(Nanos origin);
  /// Waits until an event of that time is due; the first one starts the pacer if Start was not
  /// called. False as soon as stop is asked for, or `waiting` says so.
  bool WaitUntil(Nanos event_time, const Waiting& waiting = {});
  /// The monotonic clock as last looked at.
  Nanos now() const { return now_; }

 private:
  const Clock& clock_;
  const double speed_;
  const std::stop_token stop_;
  bool started_ = false;
  Nanos origin_ = 0;
  Nanos start_ = 0;
  Nanos now_ = 0;
};

}  // namespace ticklake::market
