// Watchdog: interrupts queries whose time is over or whose asker is gone.
//
// One thread looks every 20 ms while anything is watched, and repeats the interrupt until the
// Watch ends: DuckDB forgets one that comes between two statements.
// Threading: safe from any thread; once a Watch is destroyed its interrupt does not run.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/result.h"

namespace ticklake::query {

class Watchdog {
 public:
  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  struct Terms {
    std::chrono::milliseconds timeout{0};  ///< from now; 0: none
    std::stop_token cancel;
    std::function<void()> interrupt;  ///< quick; runs on the watchdog's thread
  };

  class Watch {
   public:
    Watch(Watchdog& owner, Terms terms);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// kTimeout or kCancelled once the terms say so, at the latest 20 ms after.
    std::optional<Error> Stopped() const;
    const std::stop_token& Cancel() const { return terms_.cancel; }
    /// Until the timeout; a very long time where there is none.
    std::chrono::milliseconds Left() const;

   private:
    friend class Watchdog;
    bool Over() const;

    Watchdog& owner_;
    const Terms terms_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::list<Watch*>::iterator place_;
  };

 private:
  void Loop(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Watch*> watches_;
  std::jthread thread_;
};

}  // namespace ticklake::query
