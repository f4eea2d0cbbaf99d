// Large blocks of memory go back to the system when they are freed.
//
// Process-wide, so for main and for tests that measure memory. Does not: count or bound anything.
#pragma once

namespace ticklake {

/// Before there are threads. Left alone, glibc takes the size of the largest block that was ever
/// freed (up to 32 MiB) for the size from which blocks are given back at once: smaller ones then
/// stay resident wherever, in any thread's arena, something in use lies behind them. Nothing
/// changes with other C libraries.
void GiveBackLargeBlocks();

}  // namespace ticklake
