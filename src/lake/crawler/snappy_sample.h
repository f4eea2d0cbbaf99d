// The beginning of Snappy data, in the three forms that files have it.
//
// https://github.com/google/snappy: format_description.txt, framing_format.txt; Hadoop's blocks are
// (u32 BE unpacked size, then chunks of u32 BE packed size and raw Snappy) again and again.
// Threading: pure functions. Memory: at most the limit and one chunk of 64 MiB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::lake::crawler {

enum class SnappyForm { kNone, kFramed, kHadoop, kRaw };

/// Raw Snappy has no mark of its own: it is known only where all of it is given.
SnappyForm SnappyFormOf(std::string_view stored, bool all_given);

struct SnappyText {
  std::string text;
  bool whole = false;     ///< all of `stored` was unpacked
  uint64_t consumed = 0;  ///< bytes of `stored` that text is of
};

/// kCorrupt.
Result<SnappyText> UnpackSnappy(std::string_view stored, SnappyForm form, size_t limit);

}  // namespace ticklake::lake::crawler
