// GroupReporter: tells a consumer group where the sink's tables stand, for lag monitors only.
//
// Nobody reads these offsets back: the tables' own positions are the truth, and a group that
// lags, or cannot be reached, costs a warning. Of each log only the newest position waits.
// Threading: Report from any thread, and quick; one thread of its own commits.
// Does not: join the group, or try for ever to be rid of what is left at the end.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "kafka/client/client_options.h"
#include "kafka/group_offset.h"
#include "lake/sink/options.h"

namespace ticklake::cli {

/// The group's name when the user gives none.
std::string DefaultGroup(const std::string& database);
/// What --group says when nothing is to be reported.
inline constexpr std::string_view kNoGroup = "off";

class GroupReporter {
 public:
  /// May take long. Called by one thread at a time.
  using Commit =
      std::function<Result<void>(const std::string& group, const std::vector<kafka::GroupOffset>&)>;

  GroupReporter(std::string group, Commit commit);
  ~GroupReporter();
  GroupReporter(const GroupReporter&) = delete;
  GroupReporter& operator=(const GroupReporter&) = delete;

  void Report(const std::vector<lake::CommittedOffset>& offsets);
  /// Tries once to commit what is left, and ends. Idempotent.
  void Stop();

 private:
  using Waiting = std::map<kafka::LogId, kafka::GroupOffset>;
  void Run();
  void Send(Waiting taken);
  void Warn(const Error& error);

  const std::string group_;
  const Commit commit_;
  std::string warned_;  // of the thread

  std::mutex mutex_;
  std::condition_variable changed_;
  Waiting waiting_;
  bool stopping_ = false;
  bool failed_ = false;
  std::thread thread_;
};

/// Commits through a cluster's admin API; connects when first called.
GroupReporter::Commit CommitThroughAdmin(kafka::ClientOptions client);

}  // namespace ticklake::cli
