// Crawlers: stored crawlers that run in the background, by request or by schedule.
//
// Threading: safe from any thread; crawls run on a pool of this object, and one thread looks at the
// schedules every second. One object a catalog: `ticklake up` has it. Invariants: a crawler runs at
// most once at a time; READY → RUNNING → STOPPING → READY; a crawl that a process left behind when
// it ended is FAILED from the next start on, and the catalog is whole. The destructor stops all
// crawls and waits. Does not: know AWS's wire (aws/glue), or keep anything outside of the catalog.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "lake/crawler/crawlers/crawl_run.h"
#include "lake/crawler/crawlers/crawler_store.h"

namespace ticklake::lake::crawler {

struct CrawlersOptions {
  catalog::Catalog* catalog = nullptr;
  const Clock* clock = nullptr;  ///< both outlive it
  std::function<Result<StoredPlace>(const std::string& uri)> find;
  /// A finished crawl as people read it, as JSON: what is kept as its explanation.
  std::function<std::string(const std::vector<CrawlPlan>&, double seconds)> explain;
  size_t threads = 2;       ///< crawls at the same time; others wait
  bool watch_clock = true;  ///< false: only RunDue starts scheduled crawls (tests)
};

enum class CrawlerState { kReady, kRunning, kStopping };

struct CrawlerView {
  StoredCrawler stored;
  CrawlerState state = CrawlerState::kReady;
  Nanos running_since = 0;          ///< 0: it is not
  std::optional<CrawlRecord> last;  ///< the last crawl that ended
};

enum class StopOutcome { kStopping, kWasStopping, kWasNotRunning };
enum class ScheduleOutcome { kDone, kWasSo, kNoSchedule };

class Crawlers {
 public:
  /// kUnsupported: a catalog that keeps no facts.
  static Result<std::unique_ptr<Crawlers>> Open(CrawlersOptions options);
  ~Crawlers();

  /// kAlreadyExists; kInvalid and kUnsupported of ParseSpec; kNotFound: a classifier.
  Result<void> Create(const boost::json::object& definition);
  /// Replaces the members that are given. kConflict: it runs.
  Result<void> Update(const std::string& name, const boost::json::object& members);
  Result<void> Delete(const std::string& name);  ///< kConflict: it runs
  Result<CrawlerView> Get(const std::string& name) const;
  Result<std::vector<CrawlerView>> List() const;                            ///< by name
  Result<std::vector<CrawlRecord>> History(const std::string& name) const;  ///< newest first

  Result<void> Start(const std::string& name);  ///< kConflict: it runs
  Result<StopOutcome> Stop(const std::string& name);
  Result<ScheduleOutcome> Schedule(const std::string& name, bool on);

  /// Starts what is due by the clock; what the watching thread does.
  void RunDue();
  /// Waits until nothing runs.
  void WaitIdle();

  CrawlerStore& store() { return store_; }

 private:
  struct Running {
    std::stop_source stop;
    CrawlRecord record;
  };

  explicit Crawlers(CrawlersOptions options);
  Result<void> RecoverRunning();
  Result<void> Check(const boost::json::object& definition) const;
  Result<CrawlerView> View(StoredCrawler stored) const;
  void Crawl(const std::string& name);
  Result<std::vector<CrawlPlan>> CrawlNow(const std::string& name, const std::stop_token& stop);
  void Watch(const std::stop_token& stop);

  const CrawlersOptions options_;
  mutable CrawlerStore store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable_any watching_;
  std::map<std::string, Running> running_;
  std::map<std::string, Nanos> due_;  // of schedules that are on
  bool closing_ = false;
  std::unique_ptr<ThreadPool> pool_;
  std::jthread watcher_;
};

}  // namespace ticklake::lake::crawler
