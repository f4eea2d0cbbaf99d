#include "query/engine.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <set>

#include "base/log.h"
#include "query/execution.h"
#include "query/instance.h"
#include "query/query_threads.h"
#include "query/watchdog.h"

namespace ticklake::query {
namespace {

// Counts a statement among the running ones while it lives.
class RunningCount {
 public:
  explicit RunningCount(Metrics* metrics)
      : gauge_(metrics == nullptr
                   ? nullptr
                   : &metrics->Gauge("ticklake_queries_running", "SQL statements that run now")) {
    if (gauge_ != nullptr) gauge_->Add(1);
  }
  ~RunningCount() {
    if (gauge_ != nullptr) gauge_->Add(-1);
  }
  RunningCount(const RunningCount&) = delete;
  RunningCount& operator=(const RunningCount&) = delete;

 private:
  Metric* const gauge_;
};

}  // namespace

struct Engine::Parts {
  Parts(lake::TableSource& source_in, EngineOptions options_in)
      : source(source_in), options(std::move(options_in)) {}

  lake::TableSource& source;
  const EngineOptions options;
  Watchdog watchdog;
  std::atomic<uint64_t> last_query{0};
  std::mutex mutex;
  std::shared_ptr<Instance> instance;  // under mutex; made by the first query
  std::set<std::string> reach;         // under mutex: locations outside the lake, as found so far
  // Last: waits for statements, which use all of it.
  QueryThreads threads{options.leave_after, options.most_left};

  Result<std::shared_ptr<Instance>> GetInstance() {
    const std::lock_guard lock(mutex);
    if (instance == nullptr) {
      TL_ASSIGN(instance, Instance::Open(options, reach));
    }
    return instance;
  }

  // The next query makes a new instance; those that still run keep the old one.
  void Abandon(const std::shared_ptr<Instance>& old) {
    const std::lock_guard lock(mutex);
    if (instance == old) instance = nullptr;
  }

  // The same for a query whose tables lie where the old one may not read.
  void Extend(const std::shared_ptr<Instance>& old, const std::vector<std::string>& locations) {
    const std::lock_guard lock(mutex);
    reach.insert(locations.begin(), locations.end());
    if (instance == old) instance = nullptr;
  }

  SqlResult<RunStats> Run(const std::string& sql, ResultWriter& writer, const RunOptions& run) {
    try {
      return RunOnReach(sql, writer, run);
    } catch (const std::exception& e) {  // of the libraries: out of memory, most likely
      return Fail(Code::kInternal, "query: {}", e.what());
    }
  }

  SqlResult<RunStats> RunOnReach(std::string_view sql, ResultWriter& writer,
                                 const RunOptions& run) {
    // A table's location may change between two looks at it; a third would be strange.
    for (int attempt = 0; attempt < 3; ++attempt) {
      std::vector<std::string> beyond;
      SqlResult<RunStats> outcome = RunOnce(sql, writer, run, beyond);
      if (beyond.empty()) return outcome;
    }
    return Fail(Code::kUnavailable, "query: its tables move while it looks; try again");
  }

  // `beyond`: locations that the instance could not reach; then nothing was written.
  SqlResult<RunStats> RunOnce(std::string_view sql, ResultWriter& writer, const RunOptions& run,
                              std::vector<std::string>& beyond) {
    TL_ASSIGN(const std::shared_ptr<Instance> current, GetInstance());
    TL_ASSIGN(Connection connection, current->Connect());
    const Watchdog::Watch watch(watchdog,
                                {run.timeout, run.cancel, [&] { connection.Interrupt(); }});
    Execution execution({source, options, *current, watch, ++last_query}, connection, sql);
    SqlResult<RunStats> outcome = execution.Run(writer);
    if (execution.broken()) {
      spdlog::error("query: DuckDB reported an internal error; the next query starts it anew");
    }
    beyond = execution.beyond_reach();
    if (!beyond.empty()) Extend(current, beyond);
    if (execution.broken() || current->Stale()) Abandon(current);
    return outcome;
  }

  void Count(bool ok, std::chrono::nanoseconds elapsed) const {
    if (options.metrics == nullptr) return;
    Metrics& metrics = *options.metrics;
    metrics
        .Counter("ticklake_queries_total", "SQL statements, by outcome",
                 {{"outcome", ok ? "ok" : "error"}})
        .Increment();
    metrics.Counter("ticklake_query_seconds_total", "Time spent on SQL statements")
        .Add(std::chrono::duration<double>(elapsed).count());
  }
};

Engine::Engine(lake::TableSource& source, EngineOptions options)
    : parts_(std::make_unique<Parts>(source, std::move(options))) {}

Engine::~Engine() = default;

int Engine::left() const { return parts_->threads.left(); }

SqlResult<RunStats> Engine::Run(std::string_view sql, ResultWriter& writer,
                                const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  SqlResult<RunStats> outcome;
  const RunningCount running(parts_->options.metrics);
  try {
    outcome =
        parts_->threads.Run([&parts = *parts_, text = std::string(sql), options](
                                ResultWriter& lent) { return parts.Run(text, lent, options); },
                            writer, options);
  } catch (const std::exception& e) {  // no thread, or no memory for one
    outcome = Fail(Code::kUnavailable, "query: {}", e.what());
  }
  const auto elapsed = std::chrono::steady_clock::now() - start;
  parts_->Count(outcome.has_value(), elapsed);
  if (outcome) outcome->elapsed = elapsed;
  return outcome;
}

}  // namespace ticklake::query
