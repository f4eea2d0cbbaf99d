// The one table of Kafka APIs that the embedded broker speaks.
//
// It feeds the ApiVersions answer, the dispatch of requests (broker/handlers/dispatch.cc), the
// codec's choice of encoding and the table in docs/kafka-api.md (a test compares them).
// Source of the numbers: Apache Kafka's message schemas; `first_flexible` is the first version
// with compact lengths and tagged fields (KIP-482).
// Threading: constants.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// X(name, key, lowest version, highest version, first flexible version)
#define TL_KAFKA_APIS(X)                  \
  X(Produce, 0, 3, 13, 9)                 \
  X(Fetch, 1, 4, 18, 12)                  \
  X(ListOffsets, 2, 1, 11, 6)             \
  X(Metadata, 3, 0, 13, 9)                \
  X(OffsetCommit, 8, 2, 10, 8)            \
  X(OffsetFetch, 9, 1, 10, 6)             \
  X(FindCoordinator, 10, 0, 6, 3)         \
  X(JoinGroup, 11, 0, 9, 6)               \
  X(Heartbeat, 12, 0, 4, 4)               \
  X(LeaveGroup, 13, 0, 5, 4)              \
  X(SyncGroup, 14, 0, 5, 4)               \
  X(DescribeGroups, 15, 0, 6, 5)          \
  X(ListGroups, 16, 0, 5, 3)              \
  X(ApiVersions, 18, 0, 4, 3)             \
  X(CreateTopics, 19, 2, 7, 5)            \
  X(DeleteTopics, 20, 1, 6, 4)            \
  X(DeleteRecords, 21, 0, 2, 2)           \
  X(InitProducerId, 22, 0, 5, 2)          \
  X(OffsetForLeaderEpoch, 23, 2, 4, 4)    \
  X(DescribeConfigs, 32, 1, 4, 4)         \
  X(AlterConfigs, 33, 0, 2, 2)            \
  X(DescribeLogDirs, 35, 1, 4, 2)         \
  X(CreatePartitions, 37, 0, 3, 2)        \
  X(DeleteGroups, 42, 0, 2, 2)            \
  X(IncrementalAlterConfigs, 44, 0, 1, 1) \
  X(OffsetDelete, 47, 0, 0, 1)            \
  X(DescribeCluster, 60, 0, 2, 0)         \
  X(ConsumerGroupHeartbeat, 68, 0, 1, 0)

namespace ticklake::kafka::protocol {

enum class ApiKey : int16_t {
#define TL_KAFKA_API_KEY(name, key, lowest, highest, flexible) k##name = key,
  TL_KAFKA_APIS(TL_KAFKA_API_KEY)
#undef TL_KAFKA_API_KEY
};

struct Api {
  ApiKey key = ApiKey::kProduce;
  std::string_view name;
  int16_t lowest = 0;
  int16_t highest = 0;
  int16_t first_flexible = 0;

  constexpr bool Supports(int version) const { return version >= lowest && version <= highest; }
  constexpr bool IsFlexible(int version) const { return version >= first_flexible; }
};

inline constexpr std::array kApis = {
#define TL_KAFKA_API_ROW(name, key, lowest, highest, flexible) \
  Api{ApiKey::k##name, #name, lowest, highest, flexible},
    TL_KAFKA_APIS(TL_KAFKA_API_ROW)
#undef TL_KAFKA_API_ROW
};

/// What ApiVersions answers as Produce's lowest version, as Apache Kafka 4 does too: librdkafka
/// up to 2.7 only compresses for brokers that seem to know version 0.
inline constexpr int16_t kAdvertisedProduceLowest = 0;

/// nullptr when the broker does not speak that API.
constexpr const Api* FindApi(int16_t key) {
  for (const Api& api : kApis) {
    if (static_cast<int16_t>(api.key) == key) return &api;
  }
  return nullptr;
}

constexpr const Api& GetApi(ApiKey key) { return *FindApi(static_cast<int16_t>(key)); }

}  // namespace ticklake::kafka::protocol
