#include "broker/log/topic_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace ticklake::broker {
namespace {

using Kind = ConfigEntry::Kind;

constexpr int64_t kMaxLong = std::numeric_limits<int64_t>::max();
constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();

constexpr std::array kTable = std::to_array<ConfigEntry>({
    {"cleanup.policy", Kind::kChoice, "delete", 0, 0, "delete",
     "Old segments are deleted; compaction is not supported"},
    {"compression.type", Kind::kChoice, "producer", 0, 0, "producer",
     "Batches are kept as the producer compressed them"},
    {"flush.messages", Kind::kInteger, "1", 1, kMaxLong, "",
     "1: an ack means the record is on disk; more: an ack does not wait for the disk"},
    {"flush.ms", Kind::kInteger, "50", 1, kMaxLong, "",
     "How often the disk is flushed when acks do not wait for it; records are readable after that"},
    {"max.message.bytes", Kind::kInteger, "1048588", 0, kMaxInt, "",
     "The largest record batch accepted"},
    {"message.timestamp.type", Kind::kChoice, "CreateTime", 0, 0, "CreateTime|LogAppendTime",
     "Whether records keep the producer's timestamp or get the broker's"},
    {"min.insync.replicas", Kind::kInteger, "1", 1, 1, "", "This broker is one node"},
    {"retention.bytes", Kind::kInteger, "-1", -1, kMaxLong, "",
     "Old segments are deleted when the partition is larger; -1: no limit"},
    {"retention.ms", Kind::kInteger, "604800000", -1, kMaxLong, "",
     "Segments are deleted this long after their last append; -1: never"},
    {"segment.bytes", Kind::kInteger, "1073741824", 14, kMaxInt, "",
     "Size at which a new segment file is begun"},
    {"segment.ms", Kind::kInteger, "604800000", 1, kMaxLong, "",
     "Age at which a new segment file is begun"},
});

/// The value in effect: the override, else the default.
std::string_view ValueOf(const ConfigMap& overrides, std::string_view name) {
  if (const auto found = overrides.find(std::string(name)); found != overrides.end()) {
    return found->second;
  }
  return std::ranges::find(kTable, name, &ConfigEntry::name)->default_value;
}

bool IsInteger(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool IsChoice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const size_t end = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, end) == value) return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

Result<void> CheckEntry(const ConfigEntry& entry, std::string_view value) {
  if (entry.kind == Kind::kChoice) {
    if (IsChoice(entry.choices, value)) return {};
    return Fail(Code::kInvalid, "{}: '{}' is not supported; use {}", entry.name, value,
                entry.choices);
  }
  int64_t number = 0;
  if (IsInteger(value, &number) && number >= entry.min && number <= entry.max) return {};
  return Fail(Code::kInvalid, "{}: '{}' is not an integer from {} to {}", entry.name, value,
              entry.min, entry.max);
}

int64_t Integer(const ConfigMap& overrides, std::string_view name) {
  int64_t value = 0;
  IsInteger(ValueOf(overrides, name), &value);
  return value;
}

}  // namespace

std::span<const ConfigEntry> ConfigTable() { return kTable; }

Result<TopicConfig> ParseTopicConfig(const ConfigMap& overrides) {
  for (const auto& [name, value] : overrides) {
    const auto* const entry = std::ranges::find(kTable, name, &ConfigEntry::name);
    if (entry == kTable.end()) {
      return Fail(Code::kInvalid, "topic configuration '{}': unknown or not supported", name);
    }
    TL_TRY(CheckEntry(*entry, value));
  }
  return TopicConfig{
      .retention_ms = Integer(overrides, "retention.ms"),
      .retention_bytes = Integer(overrides, "retention.bytes"),
      .segment_bytes = Integer(overrides, "segment.bytes"),
      .segment_ms = Integer(overrides, "segment.ms"),
      .max_message_bytes = Integer(overrides, "max.message.bytes"),
      .flush_messages = Integer(overrides, "flush.messages"),
      .flush_ms = Integer(overrides, "flush.ms"),
      .log_append_time = ValueOf(overrides, "message.timestamp.type") == "LogAppendTime"};
}

}  // namespace ticklake::broker
