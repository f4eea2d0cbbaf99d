#include "base/crc64nvme.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace ticklake {
namespace {

constexpr auto kTables = [] {
  std::array<std::array<uint64_t, 256>, 8> tables{};
  for (uint64_t i = 0; i < 256; ++i) {
    uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCrc64NvmePolynomial : 0);
    }
    tables[0][i] = crc;
  }
  for (size_t t = 1; t < tables.size(); ++t) {
    for (size_t i = 0; i < 256; ++i) {
      const uint64_t before = tables[t - 1][i];
      tables[t][i] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

// a times b modulo the polynomial; the highest bit is x to the power 0.
uint64_t Multiply(uint64_t polynomial, uint64_t one, uint64_t a, uint64_t b) {
  uint64_t product = 0;
  for (uint64_t bit = one; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? polynomial : 0);
  }
  return product;
}

}  // namespace

uint64_t ExtendCrc64Nvme(uint64_t crc, std::string_view data) {
  static_assert(std::endian::native == std::endian::little);
  crc = ~crc;
  const char* p = data.data();
  const char* const end = p + data.size();
  for (; end - p >= 8; p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    crc ^= word;
    crc = kTables[7][crc & 0xff] ^ kTables[6][crc >> 8 & 0xff] ^ kTables[5][crc >> 16 & 0xff] ^
          kTables[4][crc >> 24 & 0xff] ^ kTables[3][crc >> 32 & 0xff] ^
          kTables[2][crc >> 40 & 0xff] ^ kTables[1][crc >> 48 & 0xff] ^ kTables[0][crc >> 56];
  }
  for (; p < end; ++p) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xff];
  }
  return ~crc;
}

uint64_t CombineCrc(uint64_t polynomial, uint64_t first, uint64_t second, uint64_t second_size) {
  // Of a reflected polynomial the top bit is always set: its width is the CRC's.
  const uint64_t one = uint64_t{1} << (std::bit_width(polynomial) - 1);
  uint64_t shift = one;       // x^(8 * second_size), by squaring
  uint64_t power = one >> 8;  // x^8
  for (uint64_t n = second_size; n != 0; n >>= 1) {
    if ((n & 1) != 0) shift = Multiply(polynomial, one, shift, power);
    power = Multiply(polynomial, one, power, power);
  }
  return Multiply(polynomial, one, shift, first) ^ second;
}

}  // namespace ticklake
