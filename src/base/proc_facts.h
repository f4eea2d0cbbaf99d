// What Linux tells of the machine and of this process, in files of /proc.
//
// Such files have size 0 until they are read, so FileSystem::ReadFile finds nothing in them.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace ticklake {

/// The id of the current boot; "" where there is none.
std::string ReadBootId();

/// Memory of this process that is in RAM, bytes; 0 where that is not told.
int64_t ResidentBytes();

}  // namespace ticklake
