// Time behind an interface, so that a jumping clock and a slow flush are unit tests.
//
// Threading: implementations are safe from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake {

using Nanos = std::int64_t;  ///< UTC nanoseconds since 1970-01-01, or a span of them

inline constexpr Nanos kNanosPerMicro = 1'000;
inline constexpr Nanos kNanosPerMilli = 1'000'000;
inline constexpr Nanos kNanosPerSecond = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock, UTC. May jump.
  virtual Nanos Now() const = 0;
  /// Never goes back; its zero means nothing.
  virtual Nanos Monotonic() const = 0;
  virtual void SleepFor(std::chrono::nanoseconds span) const = 0;

  std::int64_t NowMillis() const { return Now() / kNanosPerMilli; }
};

/// The machine's clock; lives as long as the program.
const Clock& SystemClock();

/// A clock that moves only when told (tests); SleepFor advances it. Safe from any thread.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Nanos now = 0) : now_(now) {}
  Nanos Now() const override { return now_; }
  Nanos Monotonic() const override { return monotonic_; }
  void SleepFor(std::chrono::nanoseconds span) const override { Advance(span.count()); }
  void Advance(Nanos span) const {
    now_ += span;
    monotonic_ += span;
  }
  /// Moves the wall clock alone, as an administrator would.
  void Jump(Nanos to) { now_ = to; }

 private:
  mutable std::atomic<Nanos> now_;
  mutable std::atomic<Nanos> monotonic_ = 0;
};

/// "2024-11-22T18:26:40.123456789Z"; trailing zeros of the fraction are kept off.
std::string FormatUtc(Nanos t);

/// Parses ISO 8601 date or date-time (`T` or space, optional fraction to 9 digits, `Z` or
/// +hh:mm; no zone means UTC). Errors: kInvalid, also when outside int64 nanoseconds.
Result<Nanos> ParseUtc(std::string_view text);

}  // namespace ticklake
