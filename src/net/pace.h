// Pace: whether bytes that are under way still move, and fast enough.
//
// A transfer that stops, or trickles, holds memory and a connection for nothing. Time is counted in
// calls of Tick, once a second. Threading: belongs to one connection's loop.
#pragma once

#include <chrono>
#include <cstddef>

namespace ticklake::net {

struct PaceLimits {
  std::chrono::seconds stall{30};  ///< without a byte; and before the rate counts
  size_t bytes_per_second = 1024;  ///< on average since the beginning
};

class Pace {
 public:
  void Begin() {
    *this = {};
    under_way_ = true;
  }
  void End() { under_way_ = false; }
  void Moved(size_t bytes) {
    moved_ += bytes;
    quiet_ = std::chrono::seconds(0);
  }
  /// A second has passed.
  void Tick() {
    if (!under_way_) return;
    age_ += std::chrono::seconds(1);
    quiet_ += std::chrono::seconds(1);
  }
  /// The time was not the other side's fault.
  void Excuse() { age_ = quiet_ = std::chrono::seconds(0); }
  bool TooSlow(const PaceLimits& limits) const {
    if (!under_way_) return false;
    return quiet_ > limits.stall ||
           (age_ > limits.stall &&
            moved_ < static_cast<size_t>(age_.count()) * limits.bytes_per_second);
  }
  bool under_way() const { return under_way_; }
  size_t moved() const { return moved_; }
  std::chrono::seconds age() const { return age_; }

 private:
  bool under_way_ = false;
  size_t moved_ = 0;
  std::chrono::seconds age_{0};
  std::chrono::seconds quiet_{0};
};

}  // namespace ticklake::net
