// The format of the groups' offsets on disk: constants and pure coding.
//
// Page with a worked example: docs/kafka-api.md, "How groups' offsets are stored". A file is a
// header (magic, version) and frames: length (uint32), CRC-32C of the payload (uint32), payload.
// Integers are big-endian, strings have an unsigned varint as length.
// Threading: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace ticklake::broker {

inline constexpr std::string_view kOffsetMagic = "TLGROUPS";
inline constexpr uint32_t kOffsetVersion = 1;
inline constexpr size_t kOffsetHeaderSize = 12;  ///< magic, version
inline constexpr size_t kOffsetFrameHeader = 8;  ///< length, CRC
inline constexpr size_t kMaxOffsetFrame = 64 << 20;
inline constexpr std::string_view kOffsetFile = "offsets.log";

/// One position of one group.
struct OffsetEntry {
  std::string topic;
  Uuid topic_id;  ///< the incarnation of the topic it was committed for
  int32_t partition = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;
  int64_t commit_time_ms = 0;  ///< UTC

  bool operator==(const OffsetEntry&) const = default;
};

struct OffsetRecord {
  enum class Kind : uint8_t {
    kCommit = 1,       ///< sets the entries
    kDelete = 2,       ///< removes the entries (topic and partition only)
    kDeleteGroup = 3,  ///< removes all of the group
  };
  Kind kind = Kind::kCommit;
  std::string group;
  std::vector<OffsetEntry> entries;

  bool operator==(const OffsetRecord&) const = default;
};

std::string EncodeOffsetHeader();
/// kCorrupt: not such a file; kUnsupported: written by a newer version.
Result<void> CheckOffsetHeader(std::string_view file);

/// Appends a whole frame.
void AppendOffsetFrame(const OffsetRecord& record, std::string& out);

/// What a file holds. `intact` is the size of its good prefix; beyond it lies a torn write, or
/// damage if a good frame still follows somewhere.
struct OffsetFileContent {
  std::vector<OffsetRecord> records;
  size_t intact = 0;
  bool damaged = false;
};
/// `file` starts with a checked header.
OffsetFileContent ReadOffsetFile(std::string_view file);

}  // namespace ticklake::broker
