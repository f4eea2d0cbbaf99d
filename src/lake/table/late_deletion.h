// LateDeletion: data files that no kept snapshot needs, deleted when nobody can be reading them.
//
// A query works on the files of the snapshot it began with. Snapshots expire by number, so under
// many commits a second a long query would lose its files; they stay for ten more minutes.
// Threading: safe from any thread. Invariants: what was added is deleted in the end: when it is
// due, else by the destructor (a process that is killed leaves orphans: lake/maintenance/orphans.h
// finds them). Does not: decide what is not needed.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/object_store.h"

namespace ticklake::lake {

class LateDeletion {
 public:
  static constexpr std::chrono::nanoseconds kReadersMayTake = std::chrono::minutes(10);

  /// Both must outlive it.
  LateDeletion(store::ObjectStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  LateDeletion(const LateDeletion&) = delete;
  LateDeletion& operator=(const LateDeletion&) = delete;
  ~LateDeletion();

  /// Takes objects that are not needed from now on.
  void Add(const std::vector<std::string>& uris);
  /// Deletes those whose time has come. Failures are logged only.
  void DeleteDue();

 private:
  store::ObjectStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<std::pair<Nanos, std::string>> waiting_;  // by Clock::Monotonic, oldest first
};

}  // namespace ticklake::lake
