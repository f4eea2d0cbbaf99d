#include "base/run_all.h"

#include <atomic>
#include <latch>
#include <mutex>

namespace ticklake {

Result<void> RunAll(ThreadPool& pool, size_t count,
                    const std::function<Result<void>(size_t)>& work) {
  std::mutex mutex;
  Result<void> outcome;
  std::atomic<bool> failed = false;
  std::latch left(static_cast<std::ptrdiff_t>(count));
  for (size_t i = 0; i < count; ++i) {
    pool.Submit([&, i] {
      if (!failed) {
        if (auto done = work(i); !done) {
          const std::lock_guard lock(mutex);
          if (!failed.exchange(true)) outcome = std::move(done);
        }
      }
      left.count_down();
    });
  }
  left.wait();
  return outcome;
}

}  // namespace ticklake
