// Which partition a key belongs to: as Java's default partitioner does, so that every client
// and Ticklake agree.
#pragma once

#include <cstdint>
#include <string_view>

namespace ticklake::kafka {

/// MurmurHash2, 32 bits, seed 0x9747b28c (org.apache.kafka.common.utils.Utils.murmur2).
uint32_t Murmur2(std::string_view key);

/// partitions >= 1.
inline int32_t PartitionForKey(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(Murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace ticklake::kafka
