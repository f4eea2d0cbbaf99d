// Positions and ranges: which offsets of which logs a table holds, as plain values.
//
// A log is named by cluster id, topic UUID and partition; the topic's name is carried for
// people. Inside one table every incarnation of a topic (cluster id, topic UUID) has a number
// of its own, the epoch: rows name their record by (epoch, partition, offset).
// Threading: plain values. Invariants: a PositionSet has one position a log, and an epoch
// belongs to exactly one incarnation. Does not: read tables or logs (lake/sink does).
// Format of the JSON texts: docs/commit-protocol.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/log_reader.h"

namespace ticklake::lake {

/// Everything of a log below `to` is accounted for in the table.
struct Position {
  kafka::LogId log;
  std::string topic;
  int32_t epoch = 0;
  int64_t to = 0;

  bool operator==(const Position&) const = default;
};

/// The half-open range [from, to) of one log that one commit accounts for.
struct Range {
  kafka::LogId log;
  std::string topic;
  int32_t epoch = 0;
  int64_t from = 0;
  int64_t to = 0;

  bool operator==(const Range&) const = default;
};

/// "topic 'trades' partition 3 (id 5d…, cluster …)": how messages name a log.
std::string NameOf(const kafka::LogId& log, std::string_view topic);

class PositionSet {
 public:
  /// The position of a log, or nullptr when the table has none.
  const Position* Find(const kafka::LogId& log) const;
  /// Adds or replaces. Keeping epochs one to one with incarnations is the caller's duty
  /// (Advance does it).
  void Set(Position position);

  /// The epoch of a topic's incarnation: the recorded one, else the next free number.
  int32_t EpochOf(const std::string& cluster_id, const Uuid& topic_id) const;
  /// One more than the highest epoch; 0 for an empty set.
  int32_t NextEpoch() const;

  const std::map<kafka::LogId, Position>& logs() const { return logs_; }
  bool empty() const { return logs_.empty(); }
  bool operator==(const PositionSet&) const = default;

  std::string ToJson() const;
  /// kCorrupt: not what ToJson writes, to the letter of the format; kUnsupported: a newer
  /// version of the format.
  static Result<PositionSet> Parse(std::string_view json);

 private:
  std::map<kafka::LogId, Position> logs_;
};

/// The same text with "from" and "to", for kRangesKey and kHolesKey. A log may occur several
/// times (holes).
std::string RangesToJson(const std::vector<Range>& ranges);
Result<std::vector<Range>> ParseRanges(std::string_view json);

}  // namespace ticklake::lake
