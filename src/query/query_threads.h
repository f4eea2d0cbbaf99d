// QueryThreads: each statement runs on a thread of its own, which its asker may leave.
//
// DuckDB heeds an interrupt between its steps; a single call, such as levenshtein of two long
// texts, may take minutes. When a statement is stopped (its time is over, its asker is gone) and
// does not end soon after, the asker goes without it; what it still does, nobody sees. Only some
// may be left so: beyond that, new ones are refused until one has ended.
// Threading: safe from any thread. Invariants: once Run returns, its writer is not used any more.
// Does not: stop statements (watchdog.h does), or bound how many run.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "query/engine.h"

namespace ticklake::query {

class QueryThreads {
 public:
  /// At least what it refers to must outlive this.
  using Work = std::function<SqlResult<RunStats>(ResultWriter&)>;

  QueryThreads(std::chrono::milliseconds patience, int most_left)
      : patience_(patience), most_left_(most_left) {}
  ~QueryThreads();  ///< waits for all
  QueryThreads(const QueryThreads&) = delete;
  QueryThreads& operator=(const QueryThreads&) = delete;

  /// What `work` says; kTimeout or kCancelled if it was left; kUnavailable if too many were.
  SqlResult<RunStats> Run(Work work, ResultWriter& writer, const RunOptions& options);

  /// Statements that were left and still run.
  int left() const;

 private:
  struct Job;
  struct Left {
    std::shared_ptr<Job> job;
    std::thread thread;
  };

  /// Joins those that have ended.
  void Sweep() const;

  const std::chrono::milliseconds patience_;
  const int most_left_;
  mutable std::mutex mutex_;
  mutable std::list<Left> left_;
};

}  // namespace ticklake::query
