// A bounded set of open files: many partitions must not need as many descriptors.
//
// Threading: safe from any thread. Invariant: at most `capacity` files are kept open for later;
// those in use by callers come on top. Files with unflushed bytes are pinned by their segment.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/fs.h"

namespace ticklake::broker {

class OpenFiles {
 public:
  /// fs outlives this.
  OpenFiles(FileSystem& fs, size_t capacity) : fs_(fs), capacity_(capacity) {}

  /// An open file for reading; shared, opened now if it is not. kNotFound if missing.
  Result<std::shared_ptr<File>> Get(const std::string& path);
  /// Forgets a path: it was removed.
  void Forget(const std::string& path);
  /// Forgets everything below a folder.
  void ForgetUnder(const std::string& folder);

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<File> file;
  };
  using Entries = std::list<Entry>;

  void Insert(const std::string& path, std::shared_ptr<File> file);

  FileSystem& fs_;
  const size_t capacity_;
  std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::unordered_map<std::string, Entries::iterator> by_path_;
};

}  // namespace ticklake::broker
