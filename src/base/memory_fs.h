// An in-memory disk that crashes, tears writes, fails and fills up when told to.
//
// Models what POSIX promises and no more: appended bytes survive a crash only after Sync,
// names only after SyncDir of their directory. Crash(seed) keeps the durable state and a
// seeded part of the rest: sectors of unsynced data each kept, lost or zeroed, and a prefix of
// the unsynced name changes (file systems journal those in order). Kill ends the process alone:
// what is unsynced stays, unsynced.
// Threading: safe from any thread (one mutex). Invariants: the same seed and calls give the
// same disk. Does not: model directories' modes, links across crashes of single names.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/make_dir.h"

namespace ticklake {

class MemoryFileSystem final : public FileSystem, public DirMaker {
 public:
  /// Calls made so far.
  struct Counts {
    uint64_t appends = 0;
    uint64_t syncs = 0;      ///< of files
    uint64_t dir_syncs = 0;  ///< of directories
    uint64_t reads = 0;
    uint64_t changes = 0;  ///< what FailChange counts: appends, truncations, name changes
    uint64_t calls = 0;    ///< what FailCall and CutPowerAt count: all of FileSystem and File
    uint64_t failed = 0;   ///< calls that failed because they were told to, or for want of space
    uint64_t failed_syncs = 0;   ///< of files, among them
    uint64_t retried_syncs = 0;  ///< of files with bytes that a failed one has lost: always a bug
  };
  enum class Lasting { kOnce, kFromThenOn };

  /// `clock` (null: the machine's) says when files are modified; it outlives the disk.
  explicit MemoryFileSystem(const Clock* clock = nullptr);
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> Link(const std::string& from, const std::string& to) override;
  Result<void> Remove(const std::string& path) override;
  Result<void> RemoveAll(const std::string& path) override;
  Result<void> MakeDirs(const std::string& path) override;
  Result<void> MakeDir(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<bool> IsDirectory(const std::string& path) override;
  Result<Nanos> ModifiedAt(const std::string& path) override;
  Result<void> SyncDir(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;

  /// Lets no call through (kIo) until Crash or Kill: what still runs is a process that is dead
  /// already.
  void CutPower();
  /// CutPower just before the nth (1: next) call from now. 0: never.
  void CutPowerAt(uint64_t nth);
  /// Loses power: every open file and lock is dead afterwards (kIo), and what was not durable
  /// is kept or lost as the seed says. Returns a digest of what was kept: of one moment, two
  /// crashes with the same digest left the same disk.
  uint64_t Crash(uint64_t seed);
  /// Ends the process, not the machine: as Crash, but everything is as programs saw it, and what
  /// was not durable still is not.
  void Kill();

  /// The nth (1: next) call from now fails with kIo, once or with all that follow, until told
  /// otherwise. A failed append leaves a part behind, a failed Sync is one as in FailSync. 0:
  /// never.
  void FailCall(uint64_t nth, Lasting lasting = Lasting::kOnce);

  /// A call that is not of this disk but shares its fate (SQLite's): counted, and failing, with the
  /// others.
  Result<void> Call(const std::string& path);
  /// The nth (1: next) change from now fails with kIo; an append then leaves a part behind.
  /// 0: never.
  void FailChange(uint64_t nth);
  /// The nth (1: next) Sync of a file whose path contains `part` fails with kIo. As on Linux,
  /// what was unsynced then is never written, though later Syncs of the file succeed.
  void FailSync(uint64_t nth, std::string part = "");
  /// Bytes that all files together may hold; appends beyond, and new names when nothing is left,
  /// fail as a full disk does.
  void SetQuota(uint64_t bytes);
  /// Overwrites one byte of a file, durably: damage.
  void Damage(const std::string& path, uint64_t offset, char byte);

  Counts counts() const;
  bool powerless() const;
  uint64_t used() const;

 private:
  struct Inode;
  class MemoryFile;
  class MemoryLock;
  /// A directory has no inode.
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {
    enum class Kind { kAdd, kRemove, kRename } kind;
    std::string path;
    std::string to;                ///< kRename
    std::shared_ptr<Inode> inode;  ///< kAdd
    bool flushed = false;          ///< durable, once the directory it was made in is
  };

  static void Apply(const NameChange& change, Names& names);
  static Result<void> NotFound(const std::string& path);
  /// Every call passes here first.
  Result<void> Enter(const std::string& path);
  std::unexpected<Error> Broken(const std::string& path, std::string_view what);
  Result<void> CountChange(const std::string& path);
  Result<void> CheckRoom(const std::string& path);
  void Change(NameChange change);
  /// Moves what is durable from pending_ to durable_.
  void Settle();
  bool IsDir(const std::string& path) const;
  uint64_t Used() const;
  uint64_t Room() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  Names names_;                      ///< as programs see it
  Names durable_;                    ///< as it is after a crash that loses everything it may
  std::vector<NameChange> pending_;  ///< in names_ but not in durable_
  std::set<std::string> locked_;
  uint64_t generation_ = 0;  ///< crashes so far
  bool powerless_ = false;
  uint64_t cut_power_ = 0;
  uint64_t quota_ = std::numeric_limits<uint64_t>::max();
  uint64_t fail_call_ = 0;
  bool fail_from_then_on_ = false;
  bool failing_ = false;
  uint64_t fail_change_ = 0;
  uint64_t fail_sync_ = 0;
  std::string fail_sync_part_;
  Counts counts_;
};

}  // namespace ticklake
