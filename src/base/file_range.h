// FileRange: bytes that lie in an open file, for whoever sends or reads them later.
//
// Threading: plain values. Holds the file open, so that its bytes stay when its name goes.
#pragma once

#include <cstdint>
#include <memory>

#include "base/fs.h"

namespace ticklake {

struct FileRange {
  std::shared_ptr<File> file;
  uint64_t offset = 0;
  uint64_t size = 0;
};

}  // namespace ticklake
