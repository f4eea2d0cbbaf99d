// Files that only their owner may read: secrets and what stands for them.
//
// Threading: as FileSystem. Does not: encrypt, or change files that exist.
#pragma once

#include <memory>
#include <string>

#include "base/fs.h"

namespace ticklake {

/// What a FileSystem with permissions implements besides.
class PrivateFiles {
 public:
  virtual ~PrivateFiles() = default;
  virtual Result<std::unique_ptr<File>> CreatePrivate(const std::string& path) = 0;
};

/// As OpenMode::kCreateNew, with mode 0600 from the beginning where there are modes.
Result<std::unique_ptr<File>> CreatePrivate(FileSystem& fs, const std::string& path);

}  // namespace ticklake
