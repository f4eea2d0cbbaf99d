#include "base/large_blocks.h"

#include <malloc.h>

namespace ticklake {

void GiveBackLargeBlocks() {
#ifdef __GLIBC__
  constexpr int kLarge = 4 << 20;
  // Fixing the one fixes the other, at 128 KiB, which would be asked for anew all the time.
  constexpr int kKeptAtTheEnd = 16 << 20;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kKeptAtTheEnd);
#endif
}

}  // namespace ticklake
