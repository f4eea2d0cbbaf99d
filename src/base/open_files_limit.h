// The operating system's limit on open files and sockets of this process.
//
// Threading: safe from any thread; changes the process.
#pragma once

#include <cstdint>

namespace ticklake {

/// Raises the soft limit to the hard one, which needs no rights, and returns what holds then.
/// Shells start programs with 1024 as a rule: fewer than a few hundred clients and segments need.
uint64_t RaiseOpenFilesLimit();

}  // namespace ticklake
