// The configuration of a topic, by Kafka's own names: one table that parsing, defaults,
// DescribeConfigs and the documentation read.
//
// Threading: plain values. Does not: store anything (topic_table.h does).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ticklake::broker {

/// Overrides, as a user gave them: name → text.
using ConfigMap = std::map<std::string, std::string>;

/// The effective values. -1: no limit, where Kafka has it so.
struct TopicConfig {
  int64_t retention_ms = 0;       ///< whole segments are dropped this long after their last append
  int64_t retention_bytes = 0;    ///< whole segments are dropped while the rest is at least this
  int64_t segment_bytes = 0;      ///< roll when the next batch would not fit
  int64_t segment_ms = 0;         ///< roll when the first append was this long ago
  int64_t max_message_bytes = 0;  ///< of one batch, as sent
  int64_t flush_messages = 0;     ///< 1: an ack waits for the disk; more: it does not
  int64_t flush_ms = 0;           ///< how often the disk is flushed when acks do not wait
  bool log_append_time = false;   ///< message.timestamp.type=LogAppendTime

  bool acks_wait_for_disk() const { return flush_messages <= 1; }
};

/// One line of the table.
struct ConfigEntry {
  enum class Kind { kInteger, kChoice };
  std::string_view name;
  Kind kind = Kind::kInteger;
  std::string_view default_value;
  int64_t min = 0;           ///< kInteger
  int64_t max = 0;           ///< kInteger
  std::string_view choices;  ///< kChoice: allowed values, separated by '|'
  std::string_view explanation;
};

std::span<const ConfigEntry> ConfigTable();

/// kInvalid names the first entry that is unknown or out of its range.
Result<TopicConfig> ParseTopicConfig(const ConfigMap& overrides);

}  // namespace ticklake::broker
