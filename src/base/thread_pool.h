// A fixed number of threads that run what they are given, in order of arrival.
//
// For blocking work (disk, DuckDB, Parquet) that must stay off the servers' threads.
// Threading: Submit is safe from any thread, also from a running task. Invariant: the
// destructor runs everything submitted before it, then joins. Does not: bound the queue,
// prioritise, or catch exceptions (tasks must not throw).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ticklake {

class ThreadPool {
 public:
  using Task = std::move_only_function<void()>;

  /// threads >= 1. name: what debuggers and top show, at most 15 characters.
  explicit ThreadPool(size_t threads, const std::string& name = "worker");
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  void Submit(Task task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ticklake
