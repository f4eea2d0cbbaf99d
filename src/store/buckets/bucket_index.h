// BucketIndex: the SQLite file of the buckets: many readers, and writers that share a flush.
//
// Changes that wait at the same time go into one transaction: the first of the waiting threads
// leads, syncs the folders that any of them needs, runs them all and commits once; the others sleep
// until it is durable. Threading: safe from any thread. Invariants: a change that returned is
// durable, and so is the name of its file; one that failed with a code of IsRefusal has changed
// nothing and harms no other; any other failure undoes the whole transaction. A failed sync is
// never tried again: a folder takes no more files, and after a commit whose outcome is not known
// nothing is written until the file is opened again. Does not: know the tables.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "base/sqlite.h"

namespace ticklake::store {

/// Where new files are made.
struct FileFolder {
  std::string path;
  std::atomic<bool> failed = false;  ///< a sync of it failed
};

class BucketIndex {
 public:
  using Change = std::function<Result<void>(SqliteSession&)>;

  /// `fs` syncs folders, and outlives it.
  static Result<std::unique_ptr<BucketIndex>> Open(FileSystem& fs, const std::string& path,
                                                   const Clock& clock);

  /// What `read` makes of one snapshot: a Result.
  template <class Read>
  auto View(const Read& read) -> decltype(read(std::declval<SqliteSession&>())) {
    TL_ASSIGN(auto session, Borrow());
    auto answer = read(*session);
    Return(std::move(session));
    return answer;
  }

  /// Runs `change` in a transaction, once the folder of its new file, if any, is synced.
  /// kOutcomeUnknown: it may turn out to be done when the index is opened again.
  Result<void> Run(const Change& change, FileFolder* folder = nullptr);

 private:
  struct Waiting;

  BucketIndex(FileSystem& fs, std::string path, SqliteConnection writer)
      : fs_(fs), path_(std::move(path)), writer_(std::move(writer)) {}
  Result<std::unique_ptr<SqliteSession>> Borrow();
  void Return(std::unique_ptr<SqliteSession> session);
  void SyncFolders(const std::vector<Waiting*>& batch);
  void Lead(const std::vector<Waiting*>& batch);
  Result<void> RunAll(const std::vector<Waiting*>& batch);

  FileSystem& fs_;
  const std::string path_;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteSession>> readers_;  // idle ones

  std::mutex queue_mutex_;
  std::deque<Waiting*> queue_;   // its front leads
  SqliteSession writer_;         // the leader's
  std::optional<Error> broken_;  // the leader's
};

}  // namespace ticklake::store
