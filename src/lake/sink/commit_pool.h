// CommitPool: the threads that commit tables when they are due.
//
// Due: enough rows or bytes, old enough, asked for, or the greatest while the memory budget is
// exceeded. A table that fails is tried again after a growing pause; others go on.
// Threading: safe from any thread. Does not: know how a commit works (TableCommitter does).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "lake/sink/topic_table.h"

namespace ticklake::lake {

struct CommitPoolParts {
  const Clock* clock = nullptr;
  MemoryBudget* budget = nullptr;
  const SinkOptions* options = nullptr;
  std::function<std::vector<TopicTablePtr>()> tables;  ///< all there are now
};

class CommitPool {
 public:
  explicit CommitPool(CommitPoolParts parts);
  ~CommitPool();  ///< stops

  void Start();
  /// Waits for the commits under way.
  void Stop();
  /// Some table may be due now.
  void Nudge();
  /// A table is to be committed now.
  void Want(TopicTable& table);
  /// Commits everything once; the first error, or kTimeout.
  Result<void> CommitAll(std::chrono::milliseconds patience);

 private:
  void Run();
  TopicTablePtr Claim();
  /// Says, once a minute at most, that a table is committed before its time.
  void TellEarly(const TopicTable& table);
  bool Due(TopicTable& table, const TailSize& size) const;
  void Commit(TopicTable& table);
  /// True if it was a commit for the memory budget's sake.
  bool Book(TopicTable& table, const Result<Committed>& outcome, Nanos started);
  void Report(const TopicTable& table, const Committed& committed, bool early) const;

  const CommitPoolParts parts_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< something may be due, or a commit ended
  bool stopping_ = false;
  std::atomic<Nanos> tell_early_at_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace ticklake::lake
