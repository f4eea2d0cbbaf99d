#include "cli/data_dir.h"

#include <csignal>

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/uuid.h"

namespace ticklake::cli {
namespace {

constexpr std::string_view kStampPrefix = "ticklake data directory, format ";
constexpr std::string_view kMadePrefix = "made ";
constexpr int kFormat = 1;

std::string StampPath(const std::string& path) { return JoinPath(path, "format"); }
std::string RunningPath(const std::string& path) { return JoinPath(path, "up.json"); }
std::string LockPath(const std::string& path) { return JoinPath(path, "up.lock"); }

Result<void> CheckStamp(const std::string& path, const std::string& stamp) {
  int format = 0;
  if (stamp.starts_with(kStampPrefix)) {
    format = static_cast<int>(std::strtol(stamp.c_str() + kStampPrefix.size(), nullptr, 10));
  }
  if (format <= 0) {
    return Fail(Code::kCorrupt,
                "{}: not a format stamp; restore it from a backup, or choose "
                "another --data directory",
                StampPath(path));
  }
  if (format > kFormat) {
    return Fail(Code::kUnsupported,
                "{}: format {} is newer than this program's {}; run a newer ticklake, or choose "
                "another --data directory",
                path, format, kFormat);
  }
  return {};
}

/// Several processes may do so at once: each writes a file of its own, and any will do.
Result<void> Stamp(FileSystem& fs, const std::string& path) {
  const std::string temporary = StampPath(path) + "." + Uuid::Random().ToString();
  {
    TL_ASSIGN(const auto file, fs.Open(temporary, OpenMode::kCreateNew));
    TL_TRY(file->Append(fmt::format("{}{}\n{}{}\n", kStampPrefix, kFormat, kMadePrefix,
                                    FormatUtc(SystemClock().Now()))));
    TL_TRY(file->Sync());
  }
  TL_TRY(fs.Rename(temporary, StampPath(path)));
  return fs.SyncDir(path);
}

std::string Absolute(const std::string& path) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path)).string();
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(FileSystem& fs, const std::string& given) {
  const std::string path = Absolute(given);
  if (const auto made = fs.MakeDirs(path); !made) {
    return Fail(Code::kIo, "{}; name a directory that can be written with --data",
                made.error().message);
  }
  TL_ASSIGN(const bool stamped, fs.Exists(StampPath(path)));
  if (!stamped) {
    TL_ASSIGN(const auto names, fs.List(path));
    // Another process may be stamping it at this moment, or have stamped it since.
    const auto foreign = [](const std::string& name) { return !name.starts_with("format"); };
    const bool stamped_since = std::ranges::find(names, "format") != names.end();
    if (!stamped_since && std::ranges::any_of(names, foreign)) {
      return Fail(Code::kInvalid,
                  "{}: not empty, and no Ticklake data directory; name an empty or new directory "
                  "with --data",
                  path);
    }
    TL_TRY(Stamp(fs, path));
  }
  return OpenExisting(fs, path);
}

Result<DataDirectory> DataDirectory::OpenExisting(FileSystem& fs, const std::string& given) {
  const std::string path = Absolute(given);
  auto stamp = fs.ReadFile(StampPath(path));
  if (!stamp && stamp.error().code == Code::kNotFound) {
    return Fail(Code::kNotFound,
                "{}: no Ticklake data directory; start one with `ticklake up --data {}`", path,
                given);
  }
  if (!stamp) return Fail(std::move(stamp).error());
  TL_TRY(CheckStamp(path, *stamp));
  return DataDirectory(fs, path);
}

Result<Nanos> DataDirectory::MadeAt() const {
  TL_ASSIGN(const std::string stamp, fs_->ReadFile(StampPath(path_)));
  const size_t line = stamp.find('\n') + 1;
  const std::string_view rest = std::string_view(stamp).substr(line);
  if (line > 0 && rest.starts_with(kMadePrefix)) {
    const std::string_view time = rest.substr(kMadePrefix.size());
    return ParseUtc(time.substr(0, time.find('\n')));
  }
  return fs_->ModifiedAt(StampPath(path_));  // of before the time was written down
}

Result<std::unique_ptr<FileLock>> DataDirectory::LockForRunning() {
  auto lock = fs_->Lock(LockPath(path_));
  // A command that looks whether the directory is run holds the lock for a moment.
  for (int i = 0; i < 10 && !lock && lock.error().code == Code::kConflict; ++i) {
    SystemClock().SleepFor(std::chrono::milliseconds(20));
    lock = fs_->Lock(LockPath(path_));
  }
  if (!lock && lock.error().code == Code::kConflict) {
    const auto holder = ReadRunning();
    return Fail(Code::kConflict,
                "{}: already run by {}; use that one (`ticklake sql --data {}` talks to it), stop "
                "it, or choose another --data directory",
                path_,
                holder ? fmt::format("process {} (Kafka {}, HTTP {})", holder->pid, holder->kafka,
                                     holder->http)
                       : std::string("another process"),
                path_);
  }
  return lock;
}

Result<void> DataDirectory::WriteRunning(const RunningProcess& process) {
  boost::json::object json{
      {"v", 1}, {"pid", process.pid}, {"kafka", process.kafka}, {"http", process.http}};
  if (!process.aws.empty()) json["aws"] = process.aws;
  return fs_->WriteFileAtomically(RunningPath(path_), boost::json::serialize(json) + "\n");
}

Result<void> DataDirectory::RemoveRunning() { return fs_->Remove(RunningPath(path_)); }

std::optional<RunningProcess> DataDirectory::ReadRunning() const {
  const auto text = fs_->ReadFile(RunningPath(path_));
  if (!text) return std::nullopt;
  boost::system::error_code failed;
  const auto json = boost::json::parse(*text, failed);
  if (failed || !json.is_object()) return std::nullopt;
  const auto string_at = [&](const char* key) {
    const auto* value = json.get_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  RunningProcess process;
  if (const auto* pid = json.get_object().if_contains("pid"); pid != nullptr && pid->is_int64()) {
    process.pid = pid->get_int64();
  }
  process.kafka = string_at("kafka");
  process.http = string_at("http");
  process.aws = string_at("aws");
  return process;
}

std::optional<RunningProcess> DataDirectory::FindRunning() const {
  // The lock tells the truth about life and death; the file only where to find the living.
  const auto lock = fs_->Lock(LockPath(path_));
  if (lock || lock.error().code != Code::kConflict) return std::nullopt;
  return ReadRunning();
}

}  // namespace ticklake::cli
