#include "base/background.h"

#include <sys/resource.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace ticklake {

void Background::Start(std::chrono::milliseconds interval, Work work) {
  thread_ = std::jthread([interval, work = std::move(work)](const std::stop_token& stop) {
    setpriority(PRIO_PROCESS, 0, 15);  // of this thread alone, as Linux has it
    std::mutex mutex;
    std::condition_variable_any wake;
    while (true) {
      {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, stop, interval, [] { return false; });
      }
      if (stop.stop_requested()) return;
      work(stop);
    }
  });
}

}  // namespace ticklake
