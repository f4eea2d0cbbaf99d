// CRC-32C (Castagnoli, RFC 3720 appendix B.4): record batches, index and state files.
//
// Uses the processor's instruction where there is one (SSE 4.2), a table elsewhere; both give
// the same. Threading: pure functions. Not CRC-32 as in zip files.
#pragma once

#include <cstdint>
#include <string_view>

namespace ticklake {

/// Goes on from the checksum of what came before (0 at the start).
uint32_t ExtendCrc32c(uint32_t crc, std::string_view data);

inline uint32_t Crc32c(std::string_view data) { return ExtendCrc32c(0, data); }

/// The table's way, for machines without the instruction; also the tests' reference.
uint32_t ExtendCrc32cPortable(uint32_t crc, std::string_view data);

}  // namespace ticklake
