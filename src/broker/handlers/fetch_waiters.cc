#include "broker/handlers/fetch_waiters.h"

#include <limits>

namespace ticklake::broker {

FetchWaiters::Registration::Registration(FetchWaiters& waiters, Signal signal,
                                         std::vector<PartitionKey> keys)
    : waiters_(waiters), signal_(std::move(signal)), keys_(std::move(keys)) {
  const std::lock_guard lock(waiters_.mutex_);
  for (const PartitionKey& key : keys_) waiters_.waiting_[key].insert(signal_);
  if (waiters_.stopped_) signal_->Set(true);
}

FetchWaiters::Registration::~Registration() {
  const std::lock_guard lock(waiters_.mutex_);
  for (const PartitionKey& key : keys_) {
    const auto found = waiters_.waiting_.find(key);
    if (found == waiters_.waiting_.end()) continue;
    found->second.erase(signal_);
    if (found->second.empty()) waiters_.waiting_.erase(found);
  }
}

void FetchWaiters::Notify(const Uuid& topic, int32_t partition) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  const int32_t last = partition < 0 ? std::numeric_limits<int32_t>::max() : partition;
  const auto end = waiting_.upper_bound({topic, last});
  for (auto at = waiting_.lower_bound({topic, partition}); at != end; ++at) {
    for (const Signal& signal : at->second) signal->Set(true);
  }
}

void FetchWaiters::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [key, signals] : waiting_) {
    for (const Signal& signal : signals) signal->Set(true);
  }
}

bool FetchWaiters::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace ticklake::broker
