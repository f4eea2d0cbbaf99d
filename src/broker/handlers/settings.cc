#include "broker/handlers/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace ticklake::broker {
namespace {

constexpr int64_t kMax32 = std::numeric_limits<int32_t>::max();
constexpr int64_t kMax64 = std::numeric_limits<int64_t>::max();
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kMinute = 60'000;

// Durations are bounded so that they stay within 64 bits of milliseconds.
constexpr std::array kTable = {
    Setting{"auto.create.topics.enable", "true", 0, 1,
            "A client that asks for an unknown topic's metadata makes it"},
    Setting{"num.partitions", "1", 1, 10'000, "Partitions of a topic whose maker does not say"},
    Setting{"socket.request.max.bytes", "104857600", 1024, kMax32, "Largest request"},
    Setting{"queued.max.request.bytes", "67108864", 1 << 20, kMax64,
            "Memory for the requests of all connections together, beyond 16 KiB each; one request "
            "may exceed it"},
    Setting{"queued.max.response.bytes", "134217728", 1 << 20, kMax64,
            "Memory for the answers of all connections together, beyond 16 KiB each"},
    Setting{"max.connections", "2000", 1, 1'000'000,
            "Connections at a time; beyond, the one that was idle for longest is closed"},
    Setting{"connections.max.idle.ms", "600000", 1000, kMax64 / 1000,
            "A connection without requests for that long is closed"},
    Setting{"fetch.max.bytes", "57671680", 1024, kMax32, "Most record bytes of one Fetch answer"},
    Setting{"group.initial.rebalance.delay.ms", "100", 0, 600'000,
            "How long a new group waits for more members before its first assignment"},
    Setting{"group.min.session.timeout.ms", "6000", 1, kMax32, "Shortest session of a member"},
    Setting{"group.max.session.timeout.ms", "1800000", 1, kMax32, "Longest session of a member"},
    Setting{"group.max.size", "10000", 1, kMax32, "Most members of a group"},
    Setting{"group.max.bytes", "33554432", 1 << 20, kMax64,
            "Memory for the members of all groups together; beyond, nobody joins"},
    Setting{"offsets.max.bytes", "268435456", 1 << 20, kMax64,
            "Memory for the committed offsets of all groups together; beyond, none are taken"},
    Setting{"offsets.retention.minutes", "10080", -1, kMax64 / kMinute,
            "Committed offsets of groups without members are dropped after that; -1: never", "",
            kMinute},
    Setting{"offset.metadata.max.bytes", "4096", 0, 32'767, "Longest text with a commit"},
    Setting{"log.retention.check.interval.ms", "30000", 10, kMax32, "How often retention is done"},
    Setting{"log.retention.ms", "604800000", -1, kMax64, "Default of retention.ms", "retention.ms"},
    Setting{"log.retention.minutes", "", -1, kMax64 / kMinute, "The same in minutes",
            "retention.ms", kMinute},
    Setting{"log.retention.hours", "", -1, kMax64 / kHour, "The same in hours", "retention.ms",
            kHour},
    Setting{"log.retention.bytes", "-1", -1, kMax64, "Default of retention.bytes",
            "retention.bytes"},
    Setting{"log.segment.bytes", "", 1024, kMax64, "Default of segment.bytes", "segment.bytes"},
    Setting{"log.roll.ms", "", 1, kMax64, "Default of segment.ms", "segment.ms"},
    Setting{"log.roll.hours", "", 1, kMax64 / kHour, "The same in hours", "segment.ms", kHour},
    Setting{"message.max.bytes", "", 0, kMax32, "Default of max.message.bytes",
            "max.message.bytes"},
    Setting{"log.flush.interval.messages", "", 1, kMax64,
            "Default of flush.messages: 1 acknowledges what is on disk", "flush.messages"},
    Setting{"log.flush.interval.ms", "", 0, kMax64, "Default of flush.ms", "flush.ms"},
    Setting{"log.message.timestamp.type", "", 0, 0, "Default of message.timestamp.type",
            "message.timestamp.type"},
};

Result<int64_t> ParseValue(const Setting& setting, std::string_view text) {
  if (setting.max == 1 && (text == "true" || text == "false")) return text == "true" ? 1 : 0;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < setting.min ||
      value > setting.max) {
    return Fail(Code::kInvalid, "setting {}: '{}' is not allowed; use a whole number from {} to {}",
                setting.name, text, setting.min, setting.max);
  }
  return value < 0 ? value : value * setting.factor;
}

void Store(std::string_view name, int64_t value, BrokerSettings& out) {
  const auto narrow = static_cast<int32_t>(std::min(value, kMax32));
  if (name == "auto.create.topics.enable") out.auto_create_topics = value != 0;
  if (name == "num.partitions") out.num_partitions = narrow;
  if (name == "socket.request.max.bytes") out.socket_request_max_bytes = narrow;
  if (name == "queued.max.request.bytes") out.queued_max_request_bytes = value;
  if (name == "queued.max.response.bytes") out.queued_max_response_bytes = value;
  if (name == "max.connections") out.max_connections = narrow;
  if (name == "connections.max.idle.ms") out.connections_max_idle_ms = value;
  if (name == "fetch.max.bytes") out.fetch_max_bytes = narrow;
  if (name == "group.initial.rebalance.delay.ms") out.groups.initial_rebalance_delay_ms = narrow;
  if (name == "group.min.session.timeout.ms") out.groups.min_session_timeout_ms = narrow;
  if (name == "group.max.session.timeout.ms") out.groups.max_session_timeout_ms = narrow;
  if (name == "group.max.size") out.groups.max_size = static_cast<size_t>(value);
  if (name == "group.max.bytes") out.groups.max_bytes = static_cast<size_t>(value);
  if (name == "offsets.max.bytes") out.offsets_max_bytes = value;
  if (name == "offsets.retention.minutes") out.offsets_retention_ms = value;
  if (name == "offset.metadata.max.bytes") out.offset_metadata_max_bytes = narrow;
  if (name == "log.retention.check.interval.ms") out.retention_check_ms = value;
}

Result<void> Apply(const Setting& setting, const std::string& text, BrokerSettings& out) {
  if (setting.topic_name == "message.timestamp.type") {
    out.topic_defaults[std::string(setting.topic_name)] = text;
    return {};
  }
  TL_ASSIGN(const int64_t value, ParseValue(setting, text));
  if (setting.topic_name.empty()) {
    Store(setting.name, value, out);
  } else {
    out.topic_defaults[std::string(setting.topic_name)] = std::to_string(value);
  }
  return {};
}

}  // namespace

std::span<const Setting> SettingsTable() { return kTable; }

Result<BrokerSettings> ParseSettings(const SettingList& settings) {
  BrokerSettings parsed;
  for (const auto& [name, text] : settings) {
    const auto* setting = std::ranges::find(kTable, std::string_view(name), &Setting::name);
    if (setting == kTable.end()) {
      return Fail(Code::kInvalid,
                  "setting '{}': not known here; docs/kafka-api.md lists the broker's settings",
                  name);
    }
    TL_TRY(Apply(*setting, text, parsed));
    parsed.given[name] = text;
  }
  const auto checked = ParseTopicConfig(parsed.topic_defaults);
  if (!checked) return Fail(checked.error());
  return parsed;
}

}  // namespace ticklake::broker
