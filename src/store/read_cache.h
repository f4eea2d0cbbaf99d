// ReadCache: local files with the bytes of objects that have none, for readers that need a path.
//
// A file is made when it is first asked for and kept for the next one; those longest unused go when
// all together are over the limit, except what is in use: a pin may hold the cache above it.
// Threading: safe from any thread. Invariants: a file that was handed out stays, unchanged, while
// its pin lives. Does not: outlive its process (the folder is emptied when it is opened), or look
// whether an object has changed: its version is part of the identity.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fs.h"
#include "base/result.h"
#include "store/object_store.h"

namespace ticklake::store {

/// ".parquet", ".csv.gz": what readers tell formats by; at most two parts of plain letters.
std::string ExtensionOf(std::string_view key);

class ReadCache {
 public:
  /// Writes an object's bytes into an empty file.
  using Fill = std::function<Result<void>(File&)>;

  /// Takes a folder of its own below `directory`, which several processes may share. `limit`:
  /// bytes. `fs` outlives it.
  static Result<std::unique_ptr<ReadCache>> Open(FileSystem& fs, const std::string& directory,
                                                 uint64_t limit);
  ~ReadCache();
  ReadCache(const ReadCache&) = delete;
  ReadCache& operator=(const ReadCache&) = delete;

  /// The file for `identity`, which names an object and its version; its name ends with
  /// `extension`. Errors: those of `fill`.
  Result<LocalFile> Get(const std::string& identity, const std::string& extension,
                        const Fill& fill);

 private:
  struct Entry {
    std::string path;
    uint64_t size = 0;
  };
  struct Place {
    std::shared_ptr<const Entry> entry;
    uint64_t used = 0;  // the later the greater
  };

  ReadCache(FileSystem& fs, std::string folder, std::unique_ptr<FileLock> lock, uint64_t limit)
      : fs_(fs), folder_(std::move(folder)), lock_(std::move(lock)), limit_(limit) {}
  LocalFile Use(Place& place);
  void Shrink();

  FileSystem& fs_;
  const std::string folder_;
  const std::unique_ptr<FileLock> lock_;
  const uint64_t limit_;

  std::mutex mutex_;
  std::map<std::string, Place> places_;  // by identity
  uint64_t bytes_ = 0;
  uint64_t uses_ = 0;
  uint64_t files_ = 0;
};

}  // namespace ticklake::store
