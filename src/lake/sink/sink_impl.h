// Sink::Impl: the sink's parts wired together, and the thread that watches the logs.
//
// Private to this folder. Threading: as Sink.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lake/sink/commit_pool.h"
#include "lake/sink/live_tables.h"
#include "lake/sink/read_pool.h"
#include "lake/sink/sink.h"
#include "lake/sink/topic_registry.h"

namespace ticklake::lake {

class Sink::Impl {
 public:
  Impl(const SinkParts& parts, const SinkOptions& options, std::string cluster_id);
  ~Impl();

  Result<void> Start();
  Result<void> Stop(std::chrono::milliseconds patience);
  Result<void> DrainToEnd();
  std::vector<TableStatus> Status() const;
  LiveTables& views() { return views_; }

 private:
  using Targets = std::vector<std::pair<TopicTablePtr, LogEnds>>;

  Result<void> CreateDatabase();
  void Watch();
  /// Enqueues what has grown; how long the look took, in nanoseconds.
  Nanos LookAtAll();
  void TellMetrics() const;
  void Pause(std::chrono::nanoseconds span);
  Result<Targets> Ends();
  /// True if everything below `ends` is committed, or will not be for a lasting reason.
  bool Settled(TopicTable& table, const LogEnds& ends);
  /// The lasting reason; "" when there is none.
  static std::string Obstacle(TopicTable& table);
  void EndThreads();

  const SinkParts parts_;
  const SinkOptions options_;
  MemoryBudget budget_;
  std::unique_ptr<TopicRegistry> topics_;
  CommitPool committers_;
  ReadPool readers_;
  LiveTables views_;

  std::mutex ending_;  ///< held while threads are ended: a second Stop waits for the first
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_ = false;
  bool started_ = false;
  bool stopped_ = false;
  std::thread watcher_;
};

}  // namespace ticklake::lake
