#include "cli/interrupt.h"

#include <csignal>

#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "cli/exit_status.h"

namespace ticklake::cli {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread([this, set](const std::stop_token& ended) {
    const timespec poll{.tv_sec = 0, .tv_nsec = 100'000'000};
    int interrupts = 0;
    while (!ended.stop_requested()) {
      const int signal = sigtimedwait(&set, nullptr, &poll);
      if (signal < 0) continue;
      source_.request_stop();
      if (signal == SIGINT && ++interrupts == 2) std::_Exit(kExitInterrupted);
    }
  });
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  watcher_.join();
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interrupt::WaitFor(std::chrono::milliseconds span) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, source_.get_token(), span, [] { return false; });
  return source_.stop_requested();
}

}  // namespace ticklake::cli
