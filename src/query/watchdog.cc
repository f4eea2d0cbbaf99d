#include "query/watchdog.h"

#include <utility>

namespace ticklake::query {
namespace {

constexpr std::chrono::milliseconds kPeriod{20};

}  // namespace

Watchdog::~Watchdog() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Watchdog::Watch::Watch(Watchdog& owner, Terms terms) : owner_(owner), terms_(std::move(terms)) {
  const std::lock_guard lock(owner_.mutex_);
  place_ = owner_.watches_.insert(owner_.watches_.end(), this);
  if (!owner_.thread_.joinable()) {
    owner_.thread_ =
        std::jthread([watchdog = &owner_](const std::stop_token& stop) { watchdog->Loop(stop); });
  }
  owner_.changed_.notify_all();
}

Watchdog::Watch::~Watch() {
  const std::lock_guard lock(owner_.mutex_);  // interrupts run under it
  owner_.watches_.erase(place_);
}

bool Watchdog::Watch::Over() const {
  return terms_.timeout.count() > 0 && std::chrono::steady_clock::now() - start_ >= terms_.timeout;
}

std::chrono::milliseconds Watchdog::Watch::Left() const {
  if (terms_.timeout.count() == 0) return std::chrono::hours(24 * 365);
  return std::chrono::duration_cast<std::chrono::milliseconds>(start_ + terms_.timeout -
                                                               std::chrono::steady_clock::now());
}

std::optional<Error> Watchdog::Watch::Stopped() const {
  if (terms_.cancel.stop_requested()) return Error{Code::kCancelled, "query: cancelled"};
  if (!Over()) return std::nullopt;
  return Error{Code::kTimeout,
               fmt::format("query: not done after {} s; ask for less, or allow more time",
                           static_cast<double>(terms_.timeout.count()) / 1e3)};
}

void Watchdog::Loop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!changed_.wait(lock, stop, [this] { return !watches_.empty(); })) return;
    for (const Watch* watch : watches_) {
      if (watch->Stopped()) watch->terms_.interrupt();
    }
    changed_.wait_for(lock, stop, kPeriod, [] { return false; });
  }
}

}  // namespace ticklake::query
