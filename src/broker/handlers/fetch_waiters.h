// FetchWaiters: who waits for which partition to grow.
//
// A Fetch that finds too little registers for its partitions, looks once more, and sleeps until one
// of them changes. Threading: safe from any thread; Notify is called from flushers and is quick.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "net/one_shot.h"

namespace ticklake::broker {

using PartitionKey = std::pair<Uuid, int32_t>;

class FetchWaiters {
 public:
  using Signal = std::shared_ptr<net::OneShot<bool>>;

  /// One wait; ends with its destruction.
  class Registration {
   public:
    Registration(FetchWaiters& waiters, Signal signal, std::vector<PartitionKey> keys);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    FetchWaiters& waiters_;
    const Signal signal_;
    const std::vector<PartitionKey> keys_;
  };

  /// Wakes who waits for the partition; for all of a topic's with partition -1.
  void Notify(const Uuid& topic, int32_t partition);
  /// Wakes everybody, now and from now on: the broker is stopping.
  void Stop();
  bool stopped() const;

 private:
  mutable std::mutex mutex_;
  std::map<PartitionKey, std::set<Signal>> waiting_;
  bool stopped_ = false;
};

}  // namespace ticklake::broker
