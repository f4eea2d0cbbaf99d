// MemoryBudget: what a sink has in memory, against one limit.
//
// Held are the decoded records of all tables, and the chunks that are being read and decoded;
// working is what commits under way need beside them: rows put in order, files being written, no
// more than what they write. So half of the limit is kept free for them: reading waits while more
// than the other half is held. Working is counted, but makes nobody wait: it is what frees memory.
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

  void Hold(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    held_ += bytes;
    if (held_ <= room()) freed_.notify_all();
  }
  void Work(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    working_ += bytes;
  }
  int64_t held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  /// All of it.
  int64_t used() const {
    const std::lock_guard lock(mutex_);
    return held_ + working_;
  }
  int64_t limit() const { return limit_; }
  /// How much may be held.
  int64_t room() const { return limit_ / 2; }
  /// How much of it a table may hold whose commits fail.
  int64_t failing_share() const { return room() / 4; }
  bool Exceeded() const { return held() > room(); }
  /// Waits until reading may go on, or for the given time.
  void WaitFor(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    freed_.wait_for(lock, patience, [&] { return held_ <= room(); });
  }

 private:
  const int64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  int64_t held_ = 0;
  int64_t working_ = 0;
};

/// Bytes counted while it lives.
class MemoryClaim {
 public:
  enum class Kind { kHeld, kWorking };

  MemoryClaim(MemoryBudget& budget, Kind kind, int64_t bytes) : budget_(budget), kind_(kind) {
    Set(bytes);
  }
  MemoryClaim(const MemoryClaim&) = delete;
  MemoryClaim& operator=(const MemoryClaim&) = delete;
  ~MemoryClaim() { Set(0); }

  void Set(int64_t bytes) {
    const int64_t change = bytes - bytes_;
    bytes_ = bytes;
    kind_ == Kind::kHeld ? budget_.Hold(change) : budget_.Work(change);
  }

 private:
  MemoryBudget& budget_;
  const Kind kind_;
  int64_t bytes_ = 0;
};

}  // namespace ticklake::lake
