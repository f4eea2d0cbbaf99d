#include "cli/group_reporter.h"

#include <chrono>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/client/admin.h"

namespace ticklake::cli {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};
/// A new cluster needs a moment to choose who coordinates a group; a drain may be over by then.
constexpr Nanos kLastPatience = 2 * kNanosPerSecond;
constexpr std::chrono::milliseconds kLastRetryAfter{100};
constexpr std::chrono::seconds kCallTimeout{1};  // so long may a dead cluster hold up the end

}  // namespace

std::string DefaultGroup(const std::string& database) { return "ticklake-" + database; }

GroupReporter::GroupReporter(std::string group, Commit commit)
    : group_(std::move(group)), commit_(std::move(commit)), thread_([this] { Run(); }) {}

GroupReporter::~GroupReporter() { Stop(); }

void GroupReporter::Report(const std::vector<lake::CommittedOffset>& offsets) {
  const std::lock_guard lock(mutex_);
  for (const lake::CommittedOffset& at : offsets) {
    waiting_[at.log] = {at.topic, at.log.topic_id, at.log.partition, at.offset};
  }
  changed_.notify_all();
}

void GroupReporter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void GroupReporter::Run() {
  std::unique_lock lock(mutex_);
  Nanos give_up = 0;  // set when it stops
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (failed_) changed_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
    if (stopping_ && give_up == 0) give_up = SystemClock().Monotonic() + kLastPatience;
    if (!waiting_.empty()) {
      Waiting taken = std::exchange(waiting_, {});
      lock.unlock();
      Send(std::move(taken));
      lock.lock();
    }
    if (give_up == 0) continue;
    if (waiting_.empty() || SystemClock().Monotonic() >= give_up) return;
    changed_.wait_for(lock, kLastRetryAfter);
  }
}

void GroupReporter::Send(Waiting taken) {
  std::vector<kafka::GroupOffset> offsets;
  offsets.reserve(taken.size());
  for (const auto& [log, offset] : taken) offsets.push_back(offset);
  const auto committed = commit_(group_, offsets);
  if (!committed) Warn(committed.error());
  const std::lock_guard lock(mutex_);
  failed_ = !committed;
  if (committed) {
    warned_.clear();
  } else {
    waiting_.merge(taken);  // what was reported meanwhile is newer, and stays
  }
}

void GroupReporter::Warn(const Error& error) {
  if (std::exchange(warned_, error.message) == error.message) return;
  spdlog::warn(
      "group '{}': its offsets were not committed, so lag monitors are behind (the tables are "
      "not): "
      "{}; choose another group, or none, with --group",
      group_, error.message);
}

GroupReporter::Commit CommitThroughAdmin(kafka::ClientOptions client) {
  client.timeout = kCallTimeout;
  auto admin = std::make_shared<std::unique_ptr<kafka::Admin>>();
  return [client = std::move(client), admin](
             const std::string& group,
             const std::vector<kafka::GroupOffset>& offsets) -> Result<void> {
    if (*admin == nullptr) {
      TL_ASSIGN(*admin, kafka::Admin::Open(client));
    }
    return (*admin)->CommitGroupOffsets(group, offsets);
  };
}

}  // namespace ticklake::cli
