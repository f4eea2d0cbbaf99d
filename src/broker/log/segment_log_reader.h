// LogReader over the broker's own segments: in process, or from a directory nobody has open.
//
// Threading: as LogReader. Does not: skip damage by itself (NextBatchOffset tells how).
#pragma once

#include <memory>
#include <string>

#include "broker/log/topic_store.h"
#include "kafka/log_reader.h"

namespace ticklake::broker {

/// Reads a store that is open in this process and outlives the reader.
std::unique_ptr<kafka::LogReader> NewSegmentLogReader(TopicStore& store);

/// Reads DIR/broker without changing it: the intact part of each log, as a recovery would keep it.
/// kConflict when a process has it open (ask that one), kNotFound when there is none.
Result<std::unique_ptr<kafka::LogReader>> OpenOffline(FileSystem& fs, const std::string& dir);

}  // namespace ticklake::broker
