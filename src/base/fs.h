// Files behind an interface: the POSIX disk, and an in-memory one that misbehaves on request.
//
// Everything that must survive a crash goes through here, so that a torn write, a full disk
// or a failed fsync is an ordinary unit test (base/memory_fs.h).
// Threading: a FileSystem is safe from any thread; a File may be read from many threads
// while one thread appends.
// Paths are '/'-separated; relative ones mean the process's working directory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace ticklake {

enum class OpenMode {
  kRead,       ///< must exist
  kAppend,     ///< created if missing; reads allowed; Append writes at the end
  kCreateNew,  ///< fails with kAlreadyExists if it exists (O_EXCL); otherwise as kAppend
  kTruncate,   ///< created or emptied; otherwise as kAppend
};

class File {
 public:
  virtual ~File() = default;
  /// Reads up to size bytes at offset; fewer only at the end of the file (0 = at or past it).
  virtual Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) = 0;
  /// Writes all parts, in order, at the end. On failure some prefix may have been written:
  /// callers truncate back to their own known size before they go on.
  virtual Result<void> Append(std::span<const std::string_view> parts) = 0;
  /// Makes everything appended so far durable (fdatasync). A failed Sync must never be
  /// retried: the kernel may have dropped the pages (see docs/log-format.md).
  virtual Result<void> Sync() = 0;
  virtual Result<void> Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
  /// The operating system's handle, for what it can do with files by itself; -1 where there is
  /// none.
  virtual int Descriptor() const { return -1; }

  Result<void> Append(std::string_view data) { return Append({&data, 1}); }
  /// Reads exactly [offset, offset + size); kCorrupt when the file is shorter.
  Result<std::string> ReadExact(uint64_t offset, size_t size);
};

/// Held: the path is locked for this process. Released by the destructor.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  /// Atomically replaces `to`. Durable only after SyncDir of the parent.
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  /// Creates `to` as another name of `from`; kAlreadyExists if `to` exists. Conditional put.
  virtual Result<void> Link(const std::string& from, const std::string& to) = 0;
  /// Removes a file; kNotFound if missing.
  virtual Result<void> Remove(const std::string& path) = 0;
  /// Removes a directory with all that is in it; fine if missing.
  virtual Result<void> RemoveAll(const std::string& path) = 0;
  /// Creates a directory and its parents, durably; fine if it exists.
  virtual Result<void> MakeDirs(const std::string& path) = 0;
  /// Names (not paths) in a directory, sorted; kNotFound if missing.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  virtual Result<bool> IsDirectory(const std::string& path) = 0;
  /// When a file's content last changed, by the wall clock of the machine that has the disk.
  /// kNotFound if missing; kUnsupported where that is not known.
  virtual Result<Nanos> ModifiedAt(const std::string& path);
  /// Makes creations, renames and removals in a directory durable.
  virtual Result<void> SyncDir(const std::string& path) = 0;
  /// Takes an exclusive advisory lock (flock) on a file it creates; kConflict if another
  /// process (or another holder in this one) has it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  /// Bytes that an unprivileged writer can still add under path.
  virtual Result<uint64_t> FreeBytes(const std::string& path) = 0;

  // Whole-file helpers, over the primitives above.
  Result<std::string> ReadFile(const std::string& path);
  /// Writes a file so that after a crash it has either its old or its new content:
  /// temporary file (path + ".tmp"), Sync, Rename, SyncDir. One writer of a path at a time.
  Result<void> WriteFileAtomically(const std::string& path, std::string_view data);
};

/// The operating system's files; lives as long as the program.
FileSystem& PosixFileSystem();

/// "a/b" of "a" and "b"; an absolute second part wins.
std::string JoinPath(std::string_view a, std::string_view b);
/// The directory part of a path ("." when there is none).
std::string ParentPath(std::string_view path);

}  // namespace ticklake
