// MemoryBudget: decoded bytes of all tables of a sink; reading waits while it is exceeded.
//
// Threading: safe from any thread. Does not: know who uses it, or free anything; the sink
// commits the greatest table early instead.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace ticklake::lake {

class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t limit) : limit_(limit) {}

  void Add(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ += bytes;
    if (used_ <= limit_) freed_.notify_all();
  }
  int64_t used() const {
    const std::lock_guard lock(mutex_);
    return used_;
  }
  int64_t limit() const { return limit_; }
  bool Exceeded() const { return used() > limit_; }
  /// Waits until the budget holds again, or for the given time.
  void WaitFor(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    freed_.wait_for(lock, patience, [&] { return used_ <= limit_; });
  }

 private:
  const int64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  int64_t used_ = 0;
};

}  // namespace ticklake::lake
