// One file of a partition's log: batches, one after the other, and their index.
//
// Threading: safe from any thread for reading; one appender at a time (PartitionLog sees to it).
// A sealed segment's size and index are read when first needed.
// Does not: check batches, decide when to roll.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fs.h"
#include "broker/log/open_files.h"
#include "broker/log/segment_index.h"

namespace ticklake::broker {

/// What segments need; all outlive them.
struct SegmentContext {
  FileSystem* fs = nullptr;
  const Clock* clock = nullptr;
  OpenFiles* files = nullptr;
};

struct SegmentFacts {
  uint64_t size = 0;        ///< bytes
  int64_t next_offset = 0;  ///< one past the last record
  int64_t max_timestamp = -1;
  int64_t first_append_ms = -1;
  int64_t last_append_ms = -1;
};

class Segment {
 public:
  /// An existing, sealed one.
  Segment(SegmentContext context, const std::string& dir, int64_t base_offset);
  /// One whose index is known: just recovered.
  Segment(SegmentContext context, const std::string& dir, SegmentIndex index);
  /// Makes a new file; its name is durable after a flush of the directory. kAlreadyExists: there is
  /// one that is not empty.
  static Result<std::shared_ptr<Segment>> Create(SegmentContext context, const std::string& dir,
                                                 int64_t base_offset);

  int64_t base_offset() const { return base_offset_; }
  const std::string& path() const { return path_; }

  Result<SegmentFacts> Facts();
  /// SegmentIndex::NotAfter, in memory.
  Result<void> NotAfter(int64_t now_ms);
  Result<uint64_t> PositionFor(int64_t offset);
  Result<uint64_t> PositionForTimestamp(int64_t timestamp_ms);
  Result<std::shared_ptr<File>> OpenForReading() const { return context_.files->Get(path_); }

  /// Appends one batch, given in parts. On failure the file is as before, or, when not even that
  /// can be had, *broken is set and nothing may be appended any more.
  Result<void> Append(std::span<const std::string_view> parts, const IndexedBatch& batch,
                      int64_t now_ms, bool* broken);
  /// Makes what was appended durable. Never retry a failure.
  Result<void> Sync();
  /// Truncates the file to what lies before the batch at `offset`, or to the last whole one. The
  /// index does not follow: nothing may be appended any more.
  Result<void> CutAt(int64_t offset);
  /// Closes the file for appending if nothing is unflushed.
  void Release();
  /// Saves the index beside the segment. Not flushed: it can be rebuilt.
  Result<void> SaveIndex();
  /// Removes both files.
  Result<void> Remove();

  static std::string LogPath(const std::string& dir, int64_t base_offset);
  static std::string IndexPath(const std::string& dir, int64_t base_offset);
  /// The saved index if it covers exactly `size` bytes, else one built by walking over the file
  /// up to there, stepping over damage.
  static Result<SegmentIndex> LoadIndex(const SegmentContext& context, const std::string& dir,
                                        int64_t base_offset, uint64_t size);

 private:
  Result<void> NeedIndexLocked();

  const SegmentContext context_;
  const std::string dir_;
  const int64_t base_offset_;
  const std::string path_;

  std::mutex mutex_;  // guards the rest
  std::optional<SegmentIndex> index_;
  std::shared_ptr<File> writer_;
  bool dirty_ = false;
};

}  // namespace ticklake::broker
