// CancelKey: Ctrl-C as the end of the query that runs, not of the program.
//
// Threading: create it before other threads, so that they inherit the blocked SIGINT; Arm from one
// thread. A SIGINT while nothing is armed is ignored.
#pragma once

#include <mutex>
#include <stop_token>
#include <thread>

namespace ticklake::cli {

class CancelKey {
 public:
  CancelKey();
  ~CancelKey();
  CancelKey(const CancelKey&) = delete;
  CancelKey& operator=(const CancelKey&) = delete;

  /// The token of what begins now; the next SIGINT requests its stop.
  std::stop_token Arm();
  /// What was armed is over.
  void Disarm();

 private:
  void Watch(const std::stop_token& ended);

  std::mutex mutex_;
  std::stop_source armed_{std::nostopstate};  // under mutex
  std::jthread watcher_;
};

}  // namespace ticklake::cli
