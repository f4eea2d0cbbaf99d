// IoRunner: a few threads, each with an event loop of its own.
//
// A connection lives on one loop for all its life, so that its coroutines need neither locks nor
// strands. Nothing that runs on a loop may block on the disk's flushing, or for long.
// Threading: Next and Stop are safe from any thread but the loops' own (Stop joins them).
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace ticklake::net {

class IoRunner {
 public:
  /// Starts `threads` (at least one) loops, named "<name>-0" and so on.
  IoRunner(const char* name, int threads);
  ~IoRunner();
  IoRunner(const IoRunner&) = delete;
  IoRunner& operator=(const IoRunner&) = delete;

  /// The loops in turn.
  boost::asio::io_context& Next();
  size_t size() const { return loops_.size(); }
  boost::asio::io_context& At(size_t index);

  /// Ends the loops after the handlers that run now, and joins the threads. What still waits is
  /// destroyed with the runner.
  void Stop();

 private:
  struct Loop;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<size_t> next_{0};
};

}  // namespace ticklake::net
