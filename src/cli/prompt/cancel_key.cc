#include "cli/prompt/cancel_key.h"

#include <csignal>
#include <ctime>

namespace ticklake::cli {
namespace {

sigset_t OnlyInterrupt() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

CancelKey::CancelKey() {
  const sigset_t set = OnlyInterrupt();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& ended) { Watch(ended); });
}

CancelKey::~CancelKey() {
  watcher_.request_stop();
  watcher_.join();
  const sigset_t set = OnlyInterrupt();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::stop_token CancelKey::Arm() {
  const std::lock_guard lock(mutex_);
  armed_ = std::stop_source();
  return armed_.get_token();
}

void CancelKey::Disarm() {
  const std::lock_guard lock(mutex_);
  armed_ = std::stop_source(std::nostopstate);
}

void CancelKey::Watch(const std::stop_token& ended) {
  const sigset_t set = OnlyInterrupt();
  const timespec poll{.tv_sec = 0, .tv_nsec = 100'000'000};
  while (!ended.stop_requested()) {
    if (sigtimedwait(&set, nullptr, &poll) != SIGINT) continue;
    std::stop_source source(std::nostopstate);
    {
      const std::lock_guard lock(mutex_);
      source = armed_;
    }
    source.request_stop();  // without the lock: it runs other people's functions
  }
}

}  // namespace ticklake::cli
