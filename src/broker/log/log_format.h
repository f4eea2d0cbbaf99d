// Names and numbers of the files under DIR/broker; docs/log-format.md explains them.
//
//   lock                      held by the process that has the directory open
//   cluster                   the cluster id
//   topics.meta               the list of topics (topic_table.h)
//   producer-ids              the end of the block of producer ids given out
//   topics/<topic id>/<partition>/
//     <20-digit base offset>.log     record batches (segment.h)
//     <20-digit base offset>.index   where they are (segment_index.h); can be rebuilt
//     checkpoint                     log start, recovery point, producers (checkpoint.h)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ticklake::broker {

inline constexpr std::string_view kLockFile = "lock";
inline constexpr std::string_view kClusterFile = "cluster";
inline constexpr std::string_view kTopicsFile = "topics.meta";
inline constexpr std::string_view kProducerIdsFile = "producer-ids";
inline constexpr std::string_view kLogsFolder = "topics";
inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kSegmentSuffix = ".log";
inline constexpr std::string_view kIndexSuffix = ".index";
/// What recovery cut off although it held readable batches (segment name + this + position).
inline constexpr std::string_view kCutSuffix = ".cut-";

/// The versions this program writes; it refuses newer ones.
inline constexpr int kClusterVersion = 1;
inline constexpr int kTopicsVersion = 1;
inline constexpr int kProducerIdsVersion = 1;
inline constexpr int kCheckpointVersion = 1;
inline constexpr uint32_t kIndexVersion = 1;

/// An index entry is made for the first batch this many bytes after the last entry's.
inline constexpr uint64_t kIndexInterval = 64 << 10;
/// A checkpoint is written each time this much was appended, to bound the scan after a crash.
inline constexpr int64_t kCheckpointInterval = 128 << 20;
/// Producer ids are reserved in blocks of this many.
inline constexpr int64_t kProducerIdBlock = 1000;
/// Idle producers are forgotten after a day (Kafka's producer.id.expiration.ms).
inline constexpr int64_t kProducerExpirationMs = 86'400'000;

/// "00000000000000001234"
std::string OffsetName(int64_t offset);
/// The offset of "<20 digits><suffix>"; nullopt for any other name.
std::optional<int64_t> ParseOffsetName(std::string_view name, std::string_view suffix);

}  // namespace ticklake::broker
