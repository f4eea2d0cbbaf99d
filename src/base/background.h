// Background: work that is done again and again, and gives way to everything else.
//
// Threading: Start and Stop from one thread; the work runs on a thread of its own, of low priority.
// Does not: run the work at once (the first time is one interval after Start), or catch up.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

namespace ticklake {

class Background {
 public:
  /// `work` ends early when it is asked to stop; what it refers to outlives this.
  using Work = std::function<void(const std::stop_token&)>;

  /// `interval`: between the end of the work and its next begin.
  void Start(std::chrono::milliseconds interval, Work work);
  /// Asks the work to stop, and waits for it. So does the destructor.
  void Stop() { thread_ = std::jthread(); }

 private:
  std::jthread thread_;
};

}  // namespace ticklake
