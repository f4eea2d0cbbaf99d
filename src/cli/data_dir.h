// The data directory: one instance's files, its format stamp and the process that runs it.
//
//   DIR/format       "ticklake data directory, format 1", and when it was made
//   DIR/up.lock      held (flock) by the one process that runs the instance
//   DIR/up.json      that process's pid and addresses; stale after a crash, so always checked
//   DIR/broker/ DIR/lake/ DIR/buckets/ DIR/catalog.db
//   DIR/lake.json    where lake and catalog are, if elsewhere (lake_place.h)
//   DIR/keys.json    access keys of the AWS door, for its owner's eyes; missing: any is good
//   DIR/cache/       what readers need as files; emptied by each process that uses it
//
// Threading: one thread opens it. Does not: know what is inside the parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace ticklake::cli {

/// What up.json says.
struct RunningProcess {
  int64_t pid = 0;
  std::string kafka;  ///< host:port
  std::string http;   ///< host:port
  std::string aws;    ///< host:port; "" without AWS doors
};

class DataDirectory {
 public:
  /// Opens `path`, creating and stamping it when it is missing or empty. kUnsupported for a
  /// newer format; kInvalid for a directory that holds something else.
  static Result<DataDirectory> Open(FileSystem& fs, const std::string& path);
  /// The same for an existing one only; kNotFound names the directory and how to make one.
  static Result<DataDirectory> OpenExisting(FileSystem& fs, const std::string& path);

  const std::string& path() const { return path_; }
  /// When it was made, as its stamp says.
  Result<Nanos> MadeAt() const;
  std::string BrokerPath() const { return JoinPath(path_, "broker"); }
  std::string LakePath() const { return JoinPath(path_, "lake"); }
  std::string BucketsPath() const { return JoinPath(path_, "buckets"); }
  std::string UploadsPath() const { return JoinPath(path_, "uploads"); }
  std::string CachePath() const { return JoinPath(path_, "cache"); }
  std::string KeysPath() const { return JoinPath(path_, "keys.json"); }
  std::string CatalogPath() const { return JoinPath(path_, "catalog.db"); }

  /// Becomes the running process. kConflict names the holder and what to do.
  Result<std::unique_ptr<FileLock>> LockForRunning();
  Result<void> WriteRunning(const RunningProcess& process);
  Result<void> RemoveRunning();
  /// The process that runs this directory now, or nothing. A stale up.json is nothing.
  std::optional<RunningProcess> FindRunning() const;

 private:
  DataDirectory(FileSystem& fs, std::string path) : fs_(&fs), path_(std::move(path)) {}
  std::optional<RunningProcess> ReadRunning() const;

  FileSystem* fs_;
  std::string path_;
};

}  // namespace ticklake::cli
