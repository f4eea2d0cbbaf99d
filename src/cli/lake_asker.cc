#include "cli/lake_asker.h"

#include <algorithm>

#include "broker/log/log_format.h"
#include "cli/log_access.h"
#include "net/address.h"
#include "query/remote.h"

namespace ticklake::cli {
namespace {

constexpr std::chrono::milliseconds kChange{10'000};  // a process may take to start or end

}  // namespace

/// A process that is starting or ending holds the directory for a moment without answering.
query::SqlResult<query::RunStats> LakeAsker::Ask(const Question& question, query::ByteSink& sink) {
  const auto patience =
      question.timeout.count() > 0 ? std::min(question.timeout, kChange) : kChange;
  const Nanos give_up = SystemClock().Monotonic() + std::chrono::nanoseconds(patience).count();
  while (true) {
    const auto running = directory_.FindRunning();
    auto answer = running ? AskProcess(*running, question, sink) : AskDirectory(question, sink);
    const bool changing = !answer && (answer.error().code == Code::kUnavailable ||
                                      answer.error().code == Code::kConflict);
    if (!changing || SystemClock().Monotonic() > give_up) return answer;
    if (question.cancel.stop_requested()) return Fail(Code::kCancelled, "query: cancelled");
    SystemClock().SleepFor(std::chrono::milliseconds(100));
  }
}

std::string LakeAsker::Where() {
  const auto running = directory_.FindRunning();
  if (!running) return "nothing runs it: reading its files";
  return fmt::format("run by process {} at {}", running->pid, running->http);
}

query::SqlResult<query::RunStats> LakeAsker::AskProcess(const RunningProcess& process,
                                                        const Question& question,
                                                        query::ByteSink& sink) {
  opened_.reset();
  TL_ASSIGN(const auto server, net::ParseHostPort(process.http));
  query::RemoteQuery query{server, question.sql, question.output, question.cancel};
  if (question.timeout.count() > 0) query.timeout = question.timeout;
  return query::RunRemote(query, sink);
}

query::SqlResult<query::RunStats> LakeAsker::AskDirectory(const Question& question,
                                                          query::ByteSink& sink) {
  if (opened_ == nullptr || opened_->locked != LastLocked()) TL_TRY(OpenDirectory());
  const auto writer = query::MakeWriter(question.output, sink);
  return opened_->engine->Run(question.sql, *writer, {question.timeout, question.cancel});
}

Result<void> LakeAsker::OpenDirectory() {
  opened_.reset();
  FileSystem& fs = PosixFileSystem();
  auto fresh = std::make_unique<Opened>();
  TL_ASSIGN(fresh->lake,
            OpenLakeDir(directory_, {.fs = &fs, .clock = &SystemClock(), .place = place_}));
  TL_ASSIGN(fresh->reader, OpenOwnSegments(directory_, fs));
  fresh->locked = LastLocked();
  lake::SinkOptions options;
  options.commit = false;
  TL_ASSIGN(
      fresh->source,
      lake::Sink::Make({fresh->lake.tables.get(), fresh->reader.get(), &SystemClock()}, options));
  TL_TRY(fresh->source->Start());
  fresh->tables = WithExternalTables(fresh->lake, *fresh->source, SystemClock());
  fresh->engine = std::make_unique<query::Engine>(
      *fresh->tables, query::EngineOptions{.lake_root = directory_.LakePath(),
                                           .temp_dir = JoinPath(directory_.path(), "tmp"),
                                           .patience = std::chrono::minutes(10)});
  opened_ = std::move(fresh);
  return {};
}

LakeAsker::LockTime LakeAsker::LastLocked() const {
  std::error_code missing;
  const auto time = std::filesystem::last_write_time(
      JoinPath(directory_.BrokerPath(), broker::kLockFile), missing);
  if (missing) return std::nullopt;
  return time;
}

}  // namespace ticklake::cli
