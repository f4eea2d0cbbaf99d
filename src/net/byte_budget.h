// ByteBudget: memory that many connections share, so that its sum is bounded whatever they claim.
//
// One user at a time may go beyond the limit: somebody who holds a part of what it needs always
// gets on, and no two can wait for each other for ever. Threading: safe from any thread. Invariant:
// used() never exceeds the limit by more than what that one user took.
// Does not: allocate, or make anybody wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <utility>

namespace ticklake::net {

class ByteBudget {
 public:
  explicit ByteBudget(size_t limit) : limit_(limit) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  /// False, and nothing taken, when less than `leave` would be left, for others; see pressed().
  bool TryTake(size_t bytes, size_t leave = 0);
  /// As TryTake, but beyond the limit if nobody else is there. `who` is that user until EndBeyond.
  bool TryTakeBeyond(size_t bytes, const void* who, size_t leave = 0);
  void EndBeyond(const void* who);
  void Give(size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  size_t limit() const { return limit_; }
  size_t used() const { return used_.load(std::memory_order_relaxed); }
  size_t available() const {
    const size_t used = this->used();
    return used < limit_ ? limit_ - used : 0;
  }
  /// Somebody went without in the last two seconds: holders that dawdle should go.
  bool pressed() const;

 private:
  const size_t limit_;
  std::atomic<size_t> used_{0};
  std::atomic<const void*> beyond_{nullptr};
  std::atomic<std::chrono::steady_clock::rep> refused_at_{0};
};

/// Bytes of a budget that are given back at the end. No budget (null): nothing is counted.
class ByteLease {
 public:
  ByteLease() = default;
  ByteLease(ByteBudget* budget, size_t bytes)
      : budget_(budget), bytes_(bytes) {}  ///< taken already
  ByteLease(ByteLease&& other) noexcept { *this = std::move(other); }
  ByteLease& operator=(ByteLease&& other) noexcept {
    Reset();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~ByteLease() { Reset(); }

  void Reset() {
    if (budget_ != nullptr) budget_->Give(bytes_);
    budget_ = nullptr;
    bytes_ = 0;
  }

 private:
  ByteBudget* budget_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace ticklake::net
