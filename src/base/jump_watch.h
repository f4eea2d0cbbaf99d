// JumpWatch: may things be judged by their age now?
//
// Ages are differences of wall clocks, and a wall clock may be wrong for a while: set by hand, or
// not set yet after a boot. What is deleted by age is therefore deleted only while the wall clock
// has run evenly with the monotonic one for a while (an hour, where no shorter age is asked for),
// so that whoever set it wrong has that long.
// Threading: safe from any thread. Does not: find out who is right, or repair times.
#pragma once

#include <cstdlib>
#include <mutex>

#include "base/clock.h"

namespace ticklake {

class JumpWatch {
 public:
  static constexpr Nanos kPatience = 3'600 * kNanosPerSecond;

  /// `clock` must outlive it. The wall clock is not trusted yet when it is made.
  explicit JumpWatch(const Clock& clock)
      : clock_(clock), since_(clock.Monotonic()), ahead_(Ahead()) {}

  /// True if the wall clock has not jumped for `patience`, so that it may say what is old. Ask more
  /// often than it may jump: a jump there and back between two calls is not seen (and has done no
  /// harm).
  bool Steady(Nanos patience = kPatience) {
    const std::lock_guard lock(mutex_);
    const Nanos ahead = Ahead();
    const Nanos now = clock_.Monotonic();
    if (std::abs(ahead - ahead_) > kTolerance) since_ = now;
    ahead_ = ahead;
    return now - since_ >= patience;
  }

 private:
  /// A clock that is slewed differs by less between two calls.
  static constexpr Nanos kTolerance = 60 * kNanosPerSecond;

  Nanos Ahead() const { return clock_.Now() - clock_.Monotonic(); }

  const Clock& clock_;
  std::mutex mutex_;
  Nanos since_;
  Nanos ahead_;
};

}  // namespace ticklake
