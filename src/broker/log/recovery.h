// Opening a partition's directory after whatever happened to it.
//
// Rules (docs/log-format.md, recovery): everything before the checkpoint's recovery point is
// trusted, everything after it is checked batch by batch. A torn tail is cut; damage anywhere else
// is reported, and nothing is cut.
// Threading: one call, one thread. Does not: keep the directory, append.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/log/checkpoint.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment.h"

namespace ticklake::broker {

struct RecoveryOptions {
  /// Change nothing on disk.
  bool read_only = false;
  /// The machine's current boot, "" if unknown. If the checkpoint was written in the same one, only
  /// the process died: the page cache, and with it every whole write, survived, and a complete
  /// batch with a wrong checksum is damage, not a torn write.
  std::string boot_id;
};

struct RecoveredLog {
  std::vector<std::shared_ptr<Segment>> segments;  ///< by base offset; empty: a new log
  ProducerState producers;
  int64_t log_start = 0;
  int64_t end = 0;
  Checkpoint checkpoint;          ///< as found, without its cut mark
  bool wants_checkpoint = false;  ///< something was scanned or repaired
  bool cut_marked = false;        ///< the checkpoint on disk has a mark that has served its turn
  std::optional<Error> damage;    ///< the log may only be read
};

/// Fails only when the disk does (kIo) or a newer version wrote the checkpoint (kUnsupported).
Result<RecoveredLog> RecoverLog(const SegmentContext& context, const std::string& dir,
                                const RecoveryOptions& options);

}  // namespace ticklake::broker
