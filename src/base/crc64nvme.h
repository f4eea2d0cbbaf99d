// CRC-64/NVME (NVM Express base specification, figure "64b CRC"): what S3 stores of every object.
//
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace ticklake {

/// Goes on from the checksum of what came before (0 at the start). Slices of eight bytes.
uint64_t ExtendCrc64Nvme(uint64_t crc, std::string_view data);

/// The checksum of two texts after each other, of their checksums and the second one's size. Works
/// for any reflected CRC of up to 64 bits whose start and final value are all ones; `polynomial`
/// is the reflected one.
uint64_t CombineCrc(uint64_t polynomial, uint64_t first, uint64_t second, uint64_t second_size);

inline constexpr uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5;
inline constexpr uint64_t kCrc32Polynomial = 0xedb88320;
inline constexpr uint64_t kCrc32cPolynomial = 0x82f63b78;

}  // namespace ticklake
