// One new directory, without waiting for the disk.
//
// For who makes many and flushes their names together (FileSystem::SyncDir). Threading: as
// FileSystem.
#pragma once

#include <string>

#include "base/fs.h"

namespace ticklake {

/// What a FileSystem implements besides that tells making a name from flushing it.
class DirMaker {
 public:
  virtual ~DirMaker() = default;
  virtual Result<void> MakeDir(const std::string& path) = 0;
};

/// Makes a directory in one that exists (else kNotFound); fine if it exists itself. Durable only
/// after SyncDir of the parent. Other file systems flush at once, as MakeDirs.
Result<void> MakeDir(FileSystem& fs, const std::string& path);

/// Whether SyncDir failed for want of a file descriptor: nothing was flushed, so that, unlike after
/// a failed flush, it may be tried again.
bool WasNotTried(const Error& error);

}  // namespace ticklake
