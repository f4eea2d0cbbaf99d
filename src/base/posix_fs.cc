// The operating system's files. Every call that a signal may interrupt is repeated.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/dir_entries.h"
#include "base/fs.h"
#include "base/make_dir.h"
#include "base/private_file.h"

namespace ticklake {
namespace {

Code CodeOf(int error) {
  switch (error) {
    case ENOENT: return Code::kNotFound;
    case EEXIST: return Code::kAlreadyExists;
    default: return Code::kIo;
  }
}

std::unexpected<Error> FailErrno(std::string_view path, std::string_view what, int error) {
  const std::string cause = std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT: return Fail(Code::kIo, "{}: {}: {}; free some space", path, what, cause);
    case EACCES:
    case EPERM:
    case EROFS: return Fail(Code::kIo, "{}: {}: {}; check owner and mode", path, what, cause);
    case EMFILE:
    case ENFILE:
      return Fail(Code::kIo, "{}: {}: {}; raise the limit (ulimit -n)", path, what, cause);
    default: return Fail(CodeOf(error), "{}: {}: {}", path, what, cause);
  }
}

/// Repeats a system call that a signal interrupted.
template <class Call>
auto Retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// Owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  int Descriptor() const override { return fd_.get(); }

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t got = Retry([&] {
        return pread(fd_.get(), buffer + done, size - done, static_cast<off_t>(offset + done));
      });
      if (got < 0) return FailErrno(path_, "read", errno);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Result<void> Append(std::span<const std::string_view> parts) override {
    constexpr size_t kMaxParts = 64;
    size_t skip = 0;  // bytes of parts.front() that are written already
    while (!parts.empty()) {
      std::array<iovec, kMaxParts> vectors;
      const size_t count = std::min(parts.size(), kMaxParts);
      for (size_t i = 0; i < count; ++i) {
        const std::string_view part = parts[i].substr(i == 0 ? skip : 0);
        vectors[i] = {const_cast<char*>(part.data()), part.size()};
      }
      const ssize_t wrote =
          Retry([&] { return writev(fd_.get(), vectors.data(), static_cast<int>(count)); });
      if (wrote < 0) return FailErrno(path_, "write", errno);
      skip += static_cast<size_t>(wrote);
      while (!parts.empty() && skip >= parts.front().size()) {
        skip -= parts.front().size();
        parts = parts.subspan(1);
      }
    }
    return {};
  }

  Result<void> Sync() override {
    if (Retry([&] { return fdatasync(fd_.get()); }) != 0) {
      return FailErrno(path_, "fdatasync", errno);
    }
    return {};
  }

  Result<void> Truncate(uint64_t size) override {
    if (Retry([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
      return FailErrno(path_, "truncate", errno);
    }
    return {};
  }

  Result<uint64_t> Size() override {
    struct stat status;
    if (fstat(fd_.get(), &status) != 0) return FailErrno(path_, "stat", errno);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Fd fd_;
  const std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Fd fd) : fd_(std::move(fd)) {}
  // Unlocked explicitly: a child process may have inherited the open file.
  ~PosixLock() override {
    if (fd_.get() >= 0) flock(fd_.get(), LOCK_UN);
  }

 private:
  Fd fd_;
};

Result<void> SyncDirectory(const std::string& path) {
  const Fd fd(Retry([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (fd.get() < 0) {
    const bool exhausted = errno == EMFILE || errno == ENFILE;
    auto failed = FailErrno(path, "open directory", errno);
    if (exhausted) failed.error().code = Code::kUnavailable;  // WasNotTried
    return failed;
  }
  if (Retry([&] { return fsync(fd.get()); }) != 0) return FailErrno(path, "fsync", errno);
  return {};
}

class PosixFs final : public FileSystem, public EntryLister, public PrivateFiles, public DirMaker {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC | O_RDWR | O_APPEND | O_CREAT;
    if (mode == OpenMode::kRead) flags = O_CLOEXEC | O_RDONLY;
    if (mode == OpenMode::kCreateNew) flags |= O_EXCL;
    if (mode == OpenMode::kTruncate) flags |= O_TRUNC;
    Fd fd(Retry([&] { return open(path.c_str(), flags, 0644); }));
    if (fd.get() < 0) return FailErrno(path, "open", errno);
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  Result<std::unique_ptr<File>> CreatePrivate(const std::string& path) override {
    const int flags = O_CLOEXEC | O_RDWR | O_APPEND | O_CREAT | O_EXCL;
    Fd fd(Retry([&] { return open(path.c_str(), flags, 0600); }));
    if (fd.get() < 0) return FailErrno(path, "open", errno);
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return FailErrno(from, "rename to " + to, errno);
    return {};
  }

  Result<void> Link(const std::string& from, const std::string& to) override {
    if (link(from.c_str(), to.c_str()) != 0) return FailErrno(to, "link from " + from, errno);
    return {};
  }

  Result<void> Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return FailErrno(path, "remove", errno);
    return {};
  }

  Result<void> RemoveAll(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return FailErrno(path, "remove", error.value());
    return {};
  }

  Result<void> MakeDirs(const std::string& path) override {
    if (mkdir(path.c_str(), 0755) == 0) return SyncDirectory(ParentPath(path));
    if (errno == EEXIST) return CheckDirectory(path);
    if (errno != ENOENT || ParentPath(path) == path) {
      return FailErrno(path, "make directory", errno);
    }
    TL_TRY(MakeDirs(ParentPath(path)));
    TL_TRY(MakeDir(path));
    return SyncDirectory(ParentPath(path));
  }

  Result<void> MakeDir(const std::string& path) override {
    if (mkdir(path.c_str(), 0755) == 0) return {};
    if (errno == EEXIST) return CheckDirectory(path);
    return FailErrno(path, "make directory", errno);
  }

  Result<std::vector<std::string>> List(const std::string& path) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
    if (directory == nullptr) return FailErrno(path, "list", errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return FailErrno(path, "list", errno);
    std::ranges::sort(names);
    return names;
  }

  Result<std::vector<DirEntry>> ListEntries(const std::string& path) override {
    TL_ASSIGN(std::vector<std::string> names, List(path));
    std::vector<DirEntry> entries;
    entries.reserve(names.size());
    for (std::string& name : names) {
      struct stat status;
      if (lstat(JoinPath(path, name).c_str(), &status) != 0) {
        if (errno == ENOENT) continue;
        return FailErrno(JoinPath(path, name), "stat", errno);
      }
      DirEntry& entry = entries.emplace_back();
      entry.name = std::move(name);
      switch (status.st_mode & S_IFMT) {
        case S_IFREG: entry.size = static_cast<uint64_t>(status.st_size); break;
        case S_IFDIR: entry.kind = EntryKind::kDirectory; break;
        case S_IFLNK: entry.kind = EntryKind::kSymlink; break;
        default: entry.kind = EntryKind::kOther; break;
      }
    }
    return entries;
  }

  Result<bool> Exists(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return FailErrno(path, "stat", errno);
  }

  Result<bool> IsDirectory(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return FailErrno(path, "stat", errno);
  }

  Result<Nanos> ModifiedAt(const std::string& path) override {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return FailErrno(path, "stat", errno);
    return Nanos{status.st_mtim.tv_sec} * kNanosPerSecond + status.st_mtim.tv_nsec;
  }

  Result<void> SyncDir(const std::string& path) override { return SyncDirectory(path); }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    Fd fd(Retry([&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
    if (fd.get() < 0) return FailErrno(path, "open lock", errno);
    if (Retry([&] { return flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return FailErrno(path, "lock", errno);
      return Fail(Code::kConflict, "{}: locked by process {}; stop it first", path, Holder(fd));
    }
    // The holder's process id, for the message above.
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(fd.get(), 0) != 0) return FailErrno(path, "truncate lock", errno);
    if (pwrite(fd.get(), pid.data(), pid.size(), 0) < 0 && errno != ENOSPC) {
      return FailErrno(path, "write lock", errno);
    }
    return std::make_unique<PosixLock>(std::move(fd));
  }

  Result<uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs status;
    if (Retry([&] { return statvfs(path.c_str(), &status); }) != 0) {
      return FailErrno(path, "statvfs", errno);
    }
    return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
  }

 private:
  Result<void> CheckDirectory(const std::string& path) {
    TL_ASSIGN(const bool directory, IsDirectory(path));
    return directory ? Result<void>() : FailErrno(path, "make directory", ENOTDIR);
  }

  static std::string Holder(const Fd& fd) {
    char text[24];
    const ssize_t size = pread(fd.get(), text, sizeof text, 0);
    std::string_view pid(text, size > 0 ? static_cast<size_t>(size) : 0);
    pid = pid.substr(0, pid.find('\n'));
    return pid.empty() ? "(unknown)" : std::string(pid);
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static PosixFs fs;
  return fs;
}

}  // namespace ticklake
