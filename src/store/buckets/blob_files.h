// BlobFiles: the files of contents below DIR/objects: made, named, and removed in the end.
//
// The process that writes holds DIR/lock, from its first write on, and has a session: the folders
// that it makes files in begin with the session's number, so that after a crash only those are
// looked through for files that no content has. A file that is no longer needed stays for a grace
// time, for readers that open it by its path. Threading: safe from any thread. Invariant: a file
// that the index names, or may name, is not removed before its time.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "store/buckets/bucket_index.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::store {

/// A file in the making, that nothing names yet.
struct NewFile {
  int64_t content = 0;
  std::string path;  ///< below the root of all files
  std::shared_ptr<FileFolder> folder;
  std::unique_ptr<File> file;
};

class BlobFiles {
 public:
  /// All outlive it.
  BlobFiles(FileSystem& fs, std::string directory, BucketIndex& index, const Clock& clock,
            const BucketOptions& options);
  BlobFiles(const BlobFiles&) = delete;
  BlobFiles& operator=(const BlobFiles&) = delete;
  ~BlobFiles();

  /// Becomes the process that writes, at the first call. kUnavailable: another one does.
  Result<void> BeginWriting();
  /// A number for a new content; these, too, begin to write.
  Result<int64_t> NextContent();
  Result<NewFile> Create(const std::string& bucket);
  /// Renames a new file; durable with its folder.
  Result<void> AddExtension(NewFile& file, const std::string& extension);
  /// Removes a file that no content will have.
  void Discard(const std::string& path);
  /// A file was left behind that no content may have: the next session looks for it.
  void LeaveBehind();

  std::string AbsolutePath(const std::string& path) const { return root_ + path; }
  FileSystem& fs() const { return fs_; }
  /// Keeps a file, whatever its time, in this process.
  std::shared_ptr<const void> Pin(const std::string& path);
  /// The error of a write, told apart: kUnavailable if the disk is full.
  Error Explained(Error error) const;

  /// From when on a file may go that is retired now.
  Nanos RemoveAt() const { return clock_.Now() + options_.readers_may_take; }

 private:
  Result<void> BeginSession();
  Result<void> RemoveLeftovers(int64_t session);
  Result<void> RemoveLeftoversIn(const std::string& folder);
  Result<std::shared_ptr<FileFolder>> FolderFor(const std::string& bucket);
  bool IsPinned(const std::string& path);
  void ForgetOldPins();
  /// True: there may be more.
  bool RemoveRetired();
  void RemoveAsTimeGoes(const std::stop_token& stop);

  FileSystem& fs_;
  const std::string directory_;
  const std::string root_;  // ends with '/'
  BucketIndex& index_;
  const Clock& clock_;
  const BucketOptions options_;

  std::mutex mutex_;
  std::unique_ptr<FileLock> lock_;
  int64_t session_ = 0;  // 0: not begun
  int64_t contents_ = 0;
  int64_t folders_ = 0;
  bool left_behind_ = false;
  std::set<std::string> discarded_in_;  // folders
  struct OpenFolder {
    std::shared_ptr<FileFolder> folder;
    int files = 0;
  };
  std::map<std::string, OpenFolder> open_;  // by bucket

  std::mutex pins_mutex_;
  std::map<std::string, std::weak_ptr<const void>> pins_;  // by path
  size_t pins_kept_ = 0;                                   // when old ones were last forgotten

  std::mutex tick_mutex_;
  std::condition_variable_any tick_;
  std::jthread remover_;
};

}  // namespace ticklake::store
