#include "store/buckets/bucket_index.h"

#include <algorithm>
#include <condition_variable>
#include <set>

#include "base/sqlite_file.h"
#include "store/buckets/bucket_format.h"

namespace ticklake::store {
namespace {

constexpr size_t kMostInABatch = 256;
constexpr size_t kIdleReaders = 32;

// What a change says of its own request; everything else is about the disk.
bool IsRefusal(Code code) {
  return code == Code::kNotFound || code == Code::kConflict || code == Code::kAlreadyExists ||
         code == Code::kInvalid;
}

}  // namespace

struct BucketIndex::Waiting {
  const Change* change;
  FileFolder* folder;
  Result<void> outcome = {};
  bool done = false;
  std::condition_variable wake = {};
};

Result<std::unique_ptr<BucketIndex>> BucketIndex::Open(FileSystem& fs, const std::string& path,
                                                       const Clock& clock) {
  const SqliteFormat format{.name = "bucket index",
                            .application_id = kIndexApplicationId,
                            .version = kIndexVersion,
                            .create = kCreateIndex,
                            .migrations = {}};
  TL_ASSIGN(SqliteConnection writer, OpenSqliteFile(format, path, clock));
  // Pages of WAL before they are written back: a busy index rewrites the same pages.
  TL_TRY(Execute(writer.get(), "PRAGMA wal_autocheckpoint=4000"));
  return std::unique_ptr<BucketIndex>(new BucketIndex(fs, path, std::move(writer)));
}

Result<std::unique_ptr<SqliteSession>> BucketIndex::Borrow() {
  std::unique_ptr<SqliteSession> session;
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      session = std::move(readers_.back());
      readers_.pop_back();
    }
  }
  if (!session) {
    TL_ASSIGN(SqliteConnection connection, ConnectSqlite(path_));
    session = std::make_unique<SqliteSession>(std::move(connection));
  }
  TL_TRY(session->Query("BEGIN")->Step());
  return session;
}

void BucketIndex::Return(std::unique_ptr<SqliteSession> session) {
  if (!session->Query("COMMIT")->Step()) return;
  const std::lock_guard lock(readers_mutex_);
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(session));
}

Result<void> BucketIndex::Run(const Change& change, FileFolder* folder) {
  Waiting me{.change = &change, .folder = folder};
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&me);
  me.wake.wait(lock, [&] { return me.done || queue_.front() == &me; });
  if (me.done) return me.outcome;
  const size_t count = std::min(queue_.size(), kMostInABatch);
  const std::vector<Waiting*> batch(queue_.begin(),
                                    queue_.begin() + static_cast<std::ptrdiff_t>(count));
  lock.unlock();
  Lead(batch);
  lock.lock();
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  for (Waiting* other : batch) {
    if (other == &me) continue;
    other->done = true;
    other->wake.notify_one();
  }
  if (!queue_.empty()) queue_.front()->wake.notify_one();
  return me.outcome;
}

void BucketIndex::Lead(const std::vector<Waiting*>& batch) {
  Result<void> all;
  if (broken_) {
    all = Fail(*broken_);
  } else {
    SyncFolders(batch);
    all = RunAll(batch);
  }
  if (all) return;
  if (all.error().code == Code::kOutcomeUnknown && !broken_) {
    broken_ = Error{Code::kIo, fmt::format("{}; nothing is written to the buckets until the disk "
                                           "is seen to and this process is started again",
                                           all.error().message)};
  }
  for (Waiting* waiting : batch) {
    if (waiting->outcome) waiting->outcome = all;
  }
}

void BucketIndex::SyncFolders(const std::vector<Waiting*>& batch) {
  std::set<FileFolder*> synced;
  for (Waiting* waiting : batch) {
    FileFolder* const folder = waiting->folder;
    if (folder == nullptr) continue;
    if (!folder->failed && synced.insert(folder).second) {
      folder->failed = !fs_.SyncDir(folder->path).has_value();
    }
    if (folder->failed) {
      waiting->outcome = Fail(Code::kIo,
                              "'{}': the folder could not be synced, the object was not stored; "
                              "check the disk, then try again",
                              folder->path);
    }
  }
}

Result<void> BucketIndex::RunAll(const std::vector<Waiting*>& batch) {
  TL_ASSIGN(auto transaction, SqliteTransaction::Begin(writer_.get()));
  for (Waiting* waiting : batch) {
    if (!waiting->outcome) continue;
    waiting->outcome = (*waiting->change)(writer_);
    if (!waiting->outcome && !IsRefusal(waiting->outcome.error().code)) {
      return Fail(waiting->outcome.error());
    }
  }
  return transaction.Commit();
}

}  // namespace ticklake::store
