// What a partition remembers besides its segments: where its log starts, up to where it needs no
// checking after a crash, and what its producers had sent up to there.
//
// One text file, replaced atomically. Threading: plain values. Format: docs/log-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "broker/log/producer_state.h"

namespace ticklake::broker {

struct Checkpoint {
  int64_t log_start = 0;
  /// Everything below this offset is durable and was checked; it lies in the segment with this
  /// base offset, at this byte.
  int64_t recovery_offset = 0;
  int64_t segment_base = 0;
  uint64_t position = 0;
  /// Set after a failed flush: what is at or beyond this offset was never durable, though the page
  /// cache may still show it. The next recovery cuts it off.
  std::optional<int64_t> cut_at;
  /// The boot of the machine in which it was written; "": unknown.
  std::string boot_id;
  ProducerState producers;  ///< as of recovery_offset
};

std::string FormatCheckpoint(const Checkpoint& checkpoint);
/// kCorrupt, or kUnsupported for a newer version; `path` is for the message.
Result<Checkpoint> ParseCheckpoint(std::string_view text, std::string_view path);

}  // namespace ticklake::broker
