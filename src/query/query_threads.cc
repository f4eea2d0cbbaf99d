#include "query/query_threads.h"

#include <condition_variable>
#include <utility>

#include "base/log.h"

namespace ticklake::query {
namespace {

// A writer that can be taken away between two calls.
class LentWriter final : public ResultWriter {
 public:
  explicit LentWriter(ResultWriter& writer) : writer_(&writer) {}

  /// False while a call is under way.
  bool TakeBack() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    writer_ = nullptr;
    return true;
  }

  Result<void> Begin(const ResultHead& head) override {
    return Call([&](ResultWriter& writer) { return writer.Begin(head); });
  }
  Result<void> Write(duckdb_data_chunk chunk) override {
    return Call([&](ResultWriter& writer) { return writer.Write(chunk); });
  }
  Result<void> End() override {
    return Call([](ResultWriter& writer) { return writer.End(); });
  }

 private:
  template <class Function>
  Result<void> Call(const Function& function) {
    const std::lock_guard lock(mutex_);
    if (writer_ == nullptr) return Fail(Code::kCancelled, "query: cancelled");
    return function(*writer_);
  }

  std::mutex mutex_;
  ResultWriter* writer_;
};

}  // namespace

struct QueryThreads::Job {
  Job(Work work_in, ResultWriter& writer_in) : work(std::move(work_in)), writer(writer_in) {}

  void Run() {
    SqlResult<RunStats> result = work(writer);
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    done = true;
    ended.notify_all();
  }

  // True once the work is done; false when it is left: it was stopped, and went on for `patience`.
  bool Await(const RunOptions& options, std::chrono::milliseconds patience) {
    const auto is_done = [this] { return done; };
    std::unique_lock lock(mutex);
    if (options.timeout.count() == 0) {
      ended.wait(lock, options.cancel, is_done);
    } else {
      ended.wait_for(lock, options.cancel, options.timeout, is_done);
    }
    // One that is writing is not inside a call of DuckDB: what it writes to ends it.
    while (!ended.wait_for(lock, patience, is_done)) {
      if (writer.TakeBack()) return false;
    }
    return true;
  }

  const Work work;
  LentWriter writer;
  std::mutex mutex;
  std::condition_variable_any ended;
  bool done = false;            // under mutex
  SqlResult<RunStats> outcome;  // likewise
};

QueryThreads::~QueryThreads() {
  for (Left& each : left_) each.thread.join();
}

void QueryThreads::Sweep() const {
  std::erase_if(left_, [](Left& each) {
    {
      const std::lock_guard lock(each.job->mutex);
      if (!each.job->done) return false;
    }
    each.thread.join();
    return true;
  });
}

int QueryThreads::left() const {
  const std::lock_guard lock(mutex_);
  Sweep();
  return static_cast<int>(left_.size());
}

SqlResult<RunStats> QueryThreads::Run(Work work, ResultWriter& writer, const RunOptions& options) {
  if (const int now = left(); now >= most_left_) {
    return Fail(Code::kUnavailable,
                "query engine: {} queries that were stopped are inside calls that cannot be "
                "interrupted; try again when they are done, or restart ticklake",
                now);
  }
  const auto job = std::make_shared<Job>(std::move(work), writer);
  std::thread thread([job] { job->Run(); });
  if (job->Await(options, patience_)) {
    thread.join();
    return std::move(job->outcome);
  }
  spdlog::warn("query: stopped, but inside a call that cannot be interrupted: not waiting for it");
  const std::lock_guard lock(mutex_);
  left_.push_back({job, std::move(thread)});
  const bool cancelled = options.cancel.stop_requested();
  return Fail(cancelled ? Code::kCancelled : Code::kTimeout,
              "query: {}; the call that it is in cannot be interrupted, and goes on for nobody",
              cancelled ? "cancelled" : "its time is over");
}

}  // namespace ticklake::query
