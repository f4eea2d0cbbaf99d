// Seeded random numbers: the same seed gives the same numbers on every machine, for ever.
//
// Counter-based: number n of stream (seed, key) does not depend on who asked before, so
// shards and threads can draw independently. The mixing function is SplitMix64's finaliser
// (Steele, Lea, Flood 2014). Integer arithmetic only in what must be reproducible.
// Threading: one Random belongs to one thread. Not for secrets: see uuid.h for those.
#pragma once

#include <cstdint>

namespace ticklake {

/// Mixes 64 bits; a bijection.
constexpr uint64_t Mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : key_(Mix64(seed + 0x9e3779b97f4a7c15ULL) ^ Mix64(~stream)) {}

  uint64_t Next() { return Mix64(key_ + 0x9e3779b97f4a7c15ULL * ++counter_); }

  /// Uniform in [0, bound); bound > 0. Multiply-shift: bias below 2^-32 for bound < 2^32.
  uint64_t Below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<__uint128_t>(Next()) * bound) >> 64);
  }
  /// Uniform in [low, high], both ends included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }
  /// True with probability numerator / denominator.
  bool Chance(uint64_t numerator, uint64_t denominator) { return Below(denominator) < numerator; }

 private:
  uint64_t key_;
  uint64_t counter_ = 0;
};

}  // namespace ticklake
