// SIGINT and SIGTERM as a stop_token: the clean way out of every long command.
//
// Threading: create one Interrupt at the start of a command, before other threads, so that
// they inherit the blocked signals. A second SIGINT ends the process at once.
#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

namespace ticklake::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token Token() const { return source_.get_token(); }
  bool Requested() const { return source_.stop_requested(); }
  /// Ends the wait of others as a signal would.
  void Request() { source_.request_stop(); }
  /// Sleeps up to `span`, or until `done`; true if stop was requested (at once when it is).
  bool WaitFor(std::chrono::milliseconds span, const std::stop_token& done = {}) const;

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

}  // namespace ticklake::cli
