// Where in a segment an offset, or a time, is found: a sparse index of its batches.
//
// Kept in memory; saved beside the segment when it is rolled and at checkpoints. A saved index is
// a cache: when it is missing, damaged or does not cover the file, it is built again.
// Threading: none of its own. File format: docs/log-format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ticklake::broker {

/// A batch header as the index sees it.
struct IndexedBatch {
  int64_t base_offset = 0;
  int64_t next_offset = 0;
  uint64_t position = 0;
  uint64_t size = 0;
  int64_t max_timestamp = -1;
};

class SegmentIndex {
 public:
  explicit SegmentIndex(int64_t base_offset)
      : next_offset_(base_offset), base_offset_(base_offset) {}

  /// Batches are added in order.
  void Add(const IndexedBatch& batch);
  /// The appends happened at `now_ms` (wall clock).
  void Touch(int64_t now_ms);
  /// Append times ahead of the clock are of a time when it was wrong: they become `now_ms`.
  void NotAfter(int64_t now_ms);

  /// Position of an indexed batch at or before the one that holds `offset`.
  uint64_t PositionFor(int64_t offset) const;
  /// Position such that every batch before it has smaller timestamps only.
  uint64_t PositionForTimestamp(int64_t timestamp_ms) const;
  /// Position of the first indexed batch after `position`; `covered()` if there is none.
  uint64_t PositionAfter(uint64_t position) const;

  int64_t base_offset() const { return base_offset_; }
  int64_t next_offset() const { return next_offset_; }          ///< one past the last batch
  uint64_t covered() const { return covered_; }                 ///< bytes up to its end
  int64_t max_timestamp() const { return max_timestamp_; }      ///< -1: none
  int64_t first_append_ms() const { return first_append_ms_; }  ///< -1: unknown
  int64_t last_append_ms() const { return last_append_ms_; }    ///< -1: unknown

  std::string Serialize() const;
  /// kCorrupt when damaged, kUnsupported for a newer version: build it again.
  static Result<SegmentIndex> Parse(std::string_view data, int64_t base_offset);

 private:
  struct Entry {
    uint32_t relative_offset = 0;
    uint32_t position = 0;
    int64_t max_timestamp_before = -1;  ///< of all batches before this one
  };

  std::vector<Entry> entries_;
  int64_t next_offset_ = 0;
  uint64_t covered_ = 0;
  int64_t max_timestamp_ = -1;
  int64_t first_append_ms_ = -1;
  int64_t last_append_ms_ = -1;
  int64_t base_offset_ = 0;
};

}  // namespace ticklake::broker
