// Flusher: the threads that make appended batches durable, together.
//
// Group commit: a log that asks while it is being flushed is flushed once more afterwards, for
// everything that came in between. Logs whose acks do not wait are flushed every flush.ms.
// Threading: Request is safe from any thread; the destructor finishes running flushes and joins.
// Does not: know what a log is; keys and work are functions.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace ticklake::broker {

/// Something to flush; one object per log. A Flusher never runs one twice at the same time.
struct FlushJob {
  enum class State { kIdle, kDelayed, kQueued, kRunning, kRunningAndAsked };

  std::function<void()> run;

 private:
  friend class Flusher;
  State state_ = State::kIdle;                // guarded by the flusher
  std::chrono::milliseconds asked_delay_{0};  // kRunningAndAsked
};

class Flusher {
 public:
  explicit Flusher(size_t threads);
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;
  /// Runs nothing that is still queued.
  ~Flusher();

  /// Runs the job soon, at least once after this call; `delay` > 0: not before that.
  void Request(const std::shared_ptr<FlushJob>& job, std::chrono::milliseconds delay);
  /// Runs `work` every `period`, from a flusher thread of its own.
  void Every(std::chrono::milliseconds period, std::function<void()> work);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Delayed {
    Time due;
    std::shared_ptr<FlushJob> job;
  };

  void Run();
  void Enqueue(const std::shared_ptr<FlushJob>& job, std::chrono::milliseconds delay);
  void RunEvery(std::chrono::milliseconds period, const std::function<void()>& work);
  /// Moves what is due to the queue; returns when to look again.
  Time PromoteDelayed(Time now);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stop_;  // housekeeping waits here: `changed_` wakes one flusher
  std::deque<std::shared_ptr<FlushJob>> queue_;
  std::vector<Delayed> delayed_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ticklake::broker
