#include "net/io_runner.h"

#include <pthread.h>

#include <algorithm>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "base/log.h"

namespace ticklake::net {

namespace asio = boost::asio;

struct IoRunner::Loop {
  struct Context : asio::io_context {
    using asio::execution_context::shutdown;
    using asio::io_context::io_context;
  };
  Context context{1};  // one thread: no internal locking is needed on the fast path
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

namespace {

void Run(asio::io_context& context, const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      // A handler is expected to end its own exceptions; one that does not must not end the others.
      spdlog::error("{}: unexpected exception in the event loop: {}", name, e.what());
    }
  }
}

}  // namespace

IoRunner::IoRunner(const char* name, int threads) {
  for (int i = 0; i < std::max(threads, 1); ++i) {
    auto loop = std::make_unique<Loop>();
    loop->thread = std::thread(
        [&context = loop->context, name = fmt::format("{}-{}", name, i)] { Run(context, name); });
    loops_.push_back(std::move(loop));
  }
}

// What still waits on one loop may own sockets of another: everything that waits is destroyed while
// all loops are there.
IoRunner::~IoRunner() {
  Stop();
  for (auto& loop : loops_) loop->context.shutdown();
}

asio::io_context& IoRunner::Next() {
  return loops_[next_.fetch_add(1, std::memory_order_relaxed) % loops_.size()]->context;
}

asio::io_context& IoRunner::At(size_t index) { return loops_[index]->context; }

void IoRunner::Stop() {
  for (auto& loop : loops_) loop->context.stop();
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

}  // namespace ticklake::net
