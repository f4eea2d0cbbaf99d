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
    int interrupts = 0;
    while (true) {
      const int signal = sigwaitinfo(&set, nullptr);
      if (ended.stop_requested()) return;
      if (signal < 0) continue;
      source_.request_stop();
      if (signal == SIGINT && ++interrupts == 2) std::_Exit(kExitInterrupted);
    }
  });
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  pthread_kill(watcher_.native_handle(), SIGINT);  // wakes that thread alone
  watcher_.join();
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interrupt::WaitFor(std::chrono::milliseconds span, const std::stop_token& done) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  const std::stop_callback on_done(done, [&] {
    const std::lock_guard lock(mutex);
    wake.notify_all();
  });
  std::unique_lock lock(mutex);
  wake.wait_for(lock, source_.get_token(), span, [&] { return done.stop_requested(); });
  return source_.stop_requested();
}

}  // namespace ticklake::cli
