#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ticklake {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr auto kTables = [] {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (size_t t = 1; t < tables.size(); ++t) {
    for (size_t i = 0; i < 256; ++i) {
      const uint32_t before = tables[t - 1][i];
      tables[t][i] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t ExtendBySse(uint32_t crc, std::string_view data) {
  uint64_t state = crc ^ 0xffffffffU;
  const char* p = data.data();
  const char* const end = p + data.size();
  for (; end - p >= 8; p += 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof word);
    state = _mm_crc32_u64(state, word);
  }
  auto narrow = static_cast<uint32_t>(state);
  for (; p < end; ++p) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(*p));
  return narrow ^ 0xffffffffU;
}
#endif

using Extend = uint32_t (*)(uint32_t, std::string_view);

Extend Choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) return ExtendBySse;
#endif
  return ExtendCrc32cPortable;
}

}  // namespace

uint32_t ExtendCrc32cPortable(uint32_t crc, std::string_view data) {
  crc ^= 0xffffffffU;
  const auto* p = reinterpret_cast<const unsigned char*>(data.data());
  const unsigned char* const end = p + data.size();
  for (; end - p >= 8; p += 8) {
    crc ^= static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 |
           static_cast<uint32_t>(p[2]) << 16 | static_cast<uint32_t>(p[3]) << 24;
    crc = kTables[7][crc & 0xff] ^ kTables[6][(crc >> 8) & 0xff] ^ kTables[5][(crc >> 16) & 0xff] ^
          kTables[4][crc >> 24] ^ kTables[3][p[4]] ^ kTables[2][p[5]] ^ kTables[1][p[6]] ^
          kTables[0][p[7]];
  }
  for (; p < end; ++p) crc = (crc >> 8) ^ kTables[0][(crc ^ *p) & 0xff];
  return crc ^ 0xffffffffU;
}

uint32_t ExtendCrc32c(uint32_t crc, std::string_view data) {
  static const Extend extend = Choose();
  return extend(crc, data);
}

}  // namespace ticklake
