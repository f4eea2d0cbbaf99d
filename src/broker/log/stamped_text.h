// Small text files with a version stamp and a checksum: readable, and never half believed.
//
//   ticklake-<kind> <version>
//   <lines>
//   crc <CRC-32C of everything above, 8 hex digits>
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::broker {

struct Stamp {
  std::string_view kind;
  int version = 1;
};

/// body: whole lines, each ended by '\n'.
std::string StampText(const Stamp& stamp, std::string_view body);

/// The body's lines, without their ends; views into `text`. kCorrupt when the checksum or the
/// kind is wrong, kUnsupported for a newer version; `path` is for the message.
Result<std::vector<std::string_view>> CheckStamp(const Stamp& stamp, std::string_view text,
                                                 std::string_view path);

/// The words of a line, separated by single blanks.
std::vector<std::string_view> Words(std::string_view line);
/// A whole decimal number; false otherwise.
bool ParseNumber(std::string_view word, int64_t* value);

}  // namespace ticklake::broker
