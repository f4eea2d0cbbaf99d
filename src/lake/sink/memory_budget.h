// MemoryBudget: what a sink has in memory, against one limit.
//
// Held are the decoded records of all tables, and the chunks that are being read and decoded;
// working is what commits under way need beside them: rows put in order, files being written, no
// more than what they write. So half of the limit is kept free for them: reading waits while more
// than the other half is held. Working is counted, but makes nobody wait: it is what frees memory.
// Wanted is what a reader of a great chunk waits for: it makes the sink commit, but no other reader
// wait, since what they decode may be what lacks for the commit.
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
  /// Held, and not by a tail: a commit does not free it.
  void Read(int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      reading_ += bytes;
    }
    Hold(bytes);
  }
  void Want(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    wanted_ += bytes;
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
  /// Commits are to free memory, for what is held or for what is wanted.
  bool Pressed() const {
    const std::lock_guard lock(mutex_);
    return held_ + wanted_ > room();
  }
  /// A chunk that becomes more than this is decoded while no other such is.
  int64_t great_chunk() const { return room() / 8; }
  /// There is no room for so much more, and commits can make some.
  bool Lacks(int64_t bytes) const {
    const std::lock_guard lock(mutex_);
    return LacksNow(bytes);
  }
  /// Waits until there is, or for the given time.
  void WaitFor(int64_t bytes, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    freed_.wait_for(lock, patience, [&] { return !LacksNow(bytes); });
  }
  /// Waits until reading may go on, or for the given time.
  void WaitFor(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    freed_.wait_for(lock, patience, [&] { return held_ <= room(); });
  }

 private:
  bool LacksNow(int64_t bytes) const {
    return held_ + bytes > room() && held_ - reading_ > failing_share();
  }

  const int64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  int64_t held_ = 0;
  int64_t reading_ = 0;  ///< of held_
  int64_t wanted_ = 0;
  int64_t working_ = 0;
};

/// Bytes counted while it lives.
class MemoryClaim {
 public:
  enum class Kind { kReading, kWanted, kWorking };

  MemoryClaim(MemoryBudget& budget, Kind kind, int64_t bytes) : budget_(budget), kind_(kind) {
    Set(bytes);
  }
  MemoryClaim(const MemoryClaim&) = delete;
  MemoryClaim& operator=(const MemoryClaim&) = delete;
  ~MemoryClaim() { Set(0); }

  void Set(int64_t bytes) {
    const int64_t change = bytes - bytes_;
    bytes_ = bytes;
    switch (kind_) {
      case Kind::kReading: return budget_.Read(change);
      case Kind::kWanted: return budget_.Want(change);
      case Kind::kWorking: return budget_.Work(change);
    }
  }

 private:
  MemoryBudget& budget_;
  const Kind kind_;
  int64_t bytes_ = 0;
};

}  // namespace ticklake::lake
