#include "net/byte_budget.h"

#include <algorithm>

namespace ticklake::net {
namespace {

constexpr std::chrono::seconds kPressure{2};

}  // namespace

bool ByteBudget::TryTake(size_t bytes, size_t leave) {
  const size_t most = limit_ - std::min(leave, limit_);
  size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > most || used > most - bytes) {
      refused_at_.store(std::chrono::steady_clock::now().time_since_epoch().count(),
                        std::memory_order_relaxed);
      return false;
    }
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

bool ByteBudget::TryTakeBeyond(size_t bytes, const void* who, size_t leave) {
  if (TryTake(bytes, leave)) return true;
  const void* nobody = nullptr;
  if (!beyond_.compare_exchange_strong(nobody, who) && nobody != who) return false;
  used_.fetch_add(bytes, std::memory_order_relaxed);
  return true;
}

void ByteBudget::EndBeyond(const void* who) {
  const void* me = who;
  beyond_.compare_exchange_strong(me, nullptr);
}

bool ByteBudget::pressed() const {
  const auto refused = refused_at_.load(std::memory_order_relaxed);
  if (refused == 0) return false;
  const std::chrono::steady_clock::time_point at{std::chrono::steady_clock::duration(refused)};
  return std::chrono::steady_clock::now() - at < kPressure;
}

}  // namespace ticklake::net
