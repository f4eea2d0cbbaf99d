#include "kafka/partitioner.h"

namespace ticklake::kafka {

uint32_t Murmur2(std::string_view key) {
  constexpr uint32_t kSeed = 0x9747b28c;
  constexpr uint32_t kMultiplier = 0x5bd1e995;
  const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<uint8_t>(key[at])); };
  const size_t size = key.size();
  uint32_t hash = kSeed ^ static_cast<uint32_t>(size);
  size_t at = 0;
  for (; size - at >= 4; at += 4) {
    uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  if (at < size) {
    for (size_t i = size - at; i-- > 0;) hash ^= byte(at + i) << (8 * i);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ (hash >> 15);
}

}  // namespace ticklake::kafka
