// OffsetStore: the committed offsets of all groups, durable.
//
// An append-only file under the broker's directory, rewritten when most of it is out of date. One
// thread writes: all commits that wait share one flush, and are visible and answered after it.
// A failed flush is never retried: the store then refuses changes until the process restarts.
// Threading: safe from any thread; `done` functions run on the store's thread and must be short.
// Does not judge who may commit: that is the coordinator's.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "broker/groups/offset_format.h"

namespace ticklake::broker {

struct OffsetStoreOptions {
  std::string directory;
  /// The file is rewritten beyond this many bytes, if it is four times what its content needs.
  size_t compact_bytes = 1 << 20;
  /// Memory that the positions of all groups may take, about.
  size_t max_bytes = size_t{256} << 20;
};

class OffsetStore {
 public:
  using Done = std::function<void(Result<void>)>;

  /// Recovers the intact prefix into a new file; leaves out a torn end; on damage keeps a copy of
  /// the old file and says so in the log. A disk that takes no writes now does not fail it: what is
  /// stored can be read. Errors: kIo, kCorrupt (no such file at all), kUnsupported (newer).
  static Result<std::unique_ptr<OffsetStore>> Open(FileSystem& fs, OffsetStoreOptions options);
  ~OffsetStore();

  /// Makes the change durable, then visible, then calls `done`. Errors: kIo.
  void Write(OffsetRecord record, Done done);
  /// Waits for what was written so far, and ends the thread. Later writes fail with kCancelled.
  void Close();

  std::optional<OffsetEntry> Find(const std::string& group, const std::string& topic,
                                  int32_t partition) const;
  /// All positions of a group, by topic and partition.
  std::vector<OffsetEntry> All(const std::string& group) const;
  std::vector<std::string> Groups() const;
  /// Whether a change of so many positions may come in.
  bool HasRoom(const std::string& group, const std::vector<OffsetEntry>& entries) const;

 private:
  using Positions = std::map<std::pair<std::string, int32_t>, OffsetEntry>;
  struct Waiting {
    OffsetRecord record;
    Done done;
  };

  OffsetStore(FileSystem& fs, OffsetStoreOptions options);
  Result<void> Recover();
  Result<void> KeepDamagedCopy(std::string_view content);
  Result<void> Rewrite();
  std::string Path() const;
  void Apply(const OffsetRecord& record);
  void Run();
  Result<void> Flush(const std::vector<Waiting>& batch);
  void MaybeCompact();

  FileSystem& fs_;
  const OffsetStoreOptions options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Positions> groups_;
  size_t bytes_ = 0;  // that groups_ takes, about
  std::vector<Waiting> queue_;
  bool closing_ = false;

  // Of the thread.
  std::unique_ptr<File> file_;
  bool stale_ = false;  // the file must be written anew before anything is appended
  uint64_t size_ = 0;
  uint64_t compact_at_ = 0;      // not before: the last try failed
  std::optional<Error> broken_;  // a flush failed: nothing may be written any more
  std::thread thread_;
};

}  // namespace ticklake::broker
