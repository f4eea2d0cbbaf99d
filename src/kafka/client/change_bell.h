// A bell that many threads may ring and wait for; a ticket is the number of rings so far.
//
// Threading: safe from any thread, librdkafka's included.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace ticklake::kafka {

class ChangeBell {
 public:
  void Ring() {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    rung_.notify_all();
  }
  /// Waits for a ring after `ticket`, or until the timeout; returns the present ticket.
  uint64_t Wait(uint64_t ticket, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    rung_.wait_for(lock, timeout, [&] { return rings_ != ticket; });
    return rings_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  uint64_t rings_ = 1;
};

}  // namespace ticklake::kafka
