// ReadPool: the threads that read logs and decode them into tails.
//
// A log waits in a queue; a thread takes it, reads one chunk, puts the log back if there is
// more, and decodes: so several threads can decode one log, and no log starves another. A chunk
// that is great, seen from the budget, is decoded while no other such is, once there is room for
// what it becomes; its log is read on when that is done. Threading: Enqueue from any thread. Does
// not: find out which logs have grown.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "lake/sink/topic_table.h"

namespace ticklake::lake {

struct ReadPoolParts {
  kafka::LogReader* reader = nullptr;
  MemoryBudget* budget = nullptr;
  const SinkOptions* options = nullptr;
  /// A table's tail has grown to a limit, or the budget is exceeded.
  std::function<void()> on_full;
};

class ReadPool {
 public:
  explicit ReadPool(ReadPoolParts parts);
  ~ReadPool();  ///< stops

  void Start();
  void Stop();
  /// `urgent`: before all others.
  void Enqueue(const TopicTablePtr& table, const kafka::LogId& log, bool urgent);
  /// Does what is first in the queue in the caller's thread; false when there is nothing.
  bool Work();

 private:
  using Job = std::pair<TopicTablePtr, kafka::LogId>;

  void Run();
  bool Next(Job& job);
  Job Pop();
  void Do(const Job& job);
  /// True for a table whose commits fail while its tail is great: reading on would take the
  /// memory of all others.
  bool Stalled(TopicTable& table) const;
  void AwaitBudget(TopicTable& table, const kafka::LogId& log);
  /// Waits until so many bytes more fit, or commits free none; false if the pool is stopping.
  bool AwaitRoom(int64_t bytes);
  void ReadOne(const Job& job);
  void DecodeGreat(const Job& job, const LogCursor& cursor, kafka::RecordChunk chunk,
                   MemoryClaim& claim);
  void Decode(TopicTable& table, const LogCursor& cursor, kafka::RecordChunk chunk,
              MemoryClaim& claim);
  void Failed(TopicTable& table, const LogCursor& cursor, const Error& error);

  const ReadPoolParts parts_;
  std::mutex great_;  ///< held while a great chunk is decoded
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::set<std::pair<TopicTable*, kafka::LogId>> queued_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ticklake::lake
