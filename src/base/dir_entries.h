// The entries of a directory with their kinds and sizes, symbolic links not followed.
//
// For walks through trees that others made: one call tells what may be opened without waiting
// (a FIFO would block) and what leads elsewhere. Threading: as FileSystem.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fs.h"

namespace ticklake {

enum class EntryKind {
  kFile,
  kDirectory,
  kSymlink,
  kOther,  ///< FIFO, socket, device
};

struct DirEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
  uint64_t size = 0;  ///< kFile only
};

/// What a FileSystem with links and special files implements besides.
class EntryLister {
 public:
  virtual ~EntryLister() = default;
  virtual Result<std::vector<DirEntry>> ListEntries(const std::string& path) = 0;
};

/// Sorted by name. Entries that vanish meanwhile are left out; kNotFound if `path` is missing.
Result<std::vector<DirEntry>> ListEntries(FileSystem& fs, const std::string& path);

}  // namespace ticklake
