// RunReplay: the records of a file, published to Kafka in the file's order; for `feed replay`.
//
// Record: value = the line as JSON, key = its key field, if it has one (partition = murmur2 of it,
// as Java does; records without a key go round the partitions), timestamp = its event time in
// milliseconds where a time is asked for, else the time of publishing.
// What cannot be published is said, counted and left out.
// Threading: runs on the caller's thread until the file ends or stop is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client/client_options.h"
#include "market/replay/event_time.h"
#include "market/replay/records.h"

namespace ticklake::cli {

struct ReplayOptions {
  kafka::ClientOptions client;
  std::string file;  ///< "-" is standard input
  std::string topic;
  market::RecordOptions records;
  std::optional<market::TimeFormat> time_format;  ///< nullopt: told by the first time
  double speed = 0;           ///< event seconds per second; 0: as fast as records are taken
  std::optional<Nanos> from;  ///< event time, inclusive
  std::optional<Nanos> to;    ///< event time, exclusive
  int32_t partitions = 1;     ///< of a topic that doesn't exist yet
  std::string compression = "lz4";
};

struct ReplaySummary {
  int64_t published = 0;   ///< all acknowledged, unless an error came
  int64_t malformed = 0;   ///< left out
  int64_t outside = 0;     ///< before `from`, or not before `to`
  int64_t disordered = 0;  ///< published; earlier than one before it
  int64_t keyless = 0;     ///< published without the key that was asked for
  int64_t last_line = 0;   ///< of the last one published
  std::optional<Nanos> last_time;
  Nanos elapsed = 0;
};

struct ReplayProgress {
  const ReplaySummary& summary;
  uint64_t bytes = 0;        ///< read, of the file as it is stored
  uint64_t total_bytes = 0;  ///< 0: unknown
  Nanos waiting = 0;         ///< until the next record is due
};

/// Both may be empty. `say` gets one line for people; `progress` is called about ten times a
/// second.
struct ReplayListener {
  std::function<void(std::string_view)> say;
  std::function<void(const ReplayProgress&)> progress;
};

/// `summary` is filled even when an error ends the replay. kUnavailable when no broker answers or
/// a record was not delivered, kCorrupt when the file is damaged or cut short: what came before
/// was published.
Result<void> RunReplay(const ReplayOptions& options, const std::stop_token& stop,
                       const ReplayListener& listener, ReplaySummary& summary);

}  // namespace ticklake::cli
