// The broker's settings by Kafka's own names: one table that parsing, DescribeConfigs and the
// documentation read. Those of topics have their defaults here and their table in broker/log.
//
// Threading: plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "broker/groups/group.h"
#include "broker/log/topic_config.h"

namespace ticklake::broker {

struct BrokerSettings {
  bool auto_create_topics = true;
  int32_t num_partitions = 1;
  int32_t socket_request_max_bytes = 100 << 20;
  int64_t connections_max_idle_ms = 600'000;
  int32_t fetch_max_bytes = 55 << 20;
  int64_t queued_max_request_bytes = 64 << 20;
  int64_t queued_max_response_bytes = 128 << 20;
  int32_t max_connections = 2000;
  int64_t offsets_max_bytes = 256 << 20;
  int64_t offsets_retention_ms = 7 * 86'400'000LL;  ///< -1: for ever
  int32_t offset_metadata_max_bytes = 4096;
  int64_t retention_check_ms = 30'000;
  GroupOptions groups;
  std::map<std::string, std::string, std::less<>> given;  ///< what was set, as it was given
  ConfigMap topic_defaults;  ///< by topic names: what the settings of topics come to
};

/// One line of the table.
struct Setting {
  std::string_view name;
  std::string_view default_value;
  int64_t min = 0;
  int64_t max = 0;
  std::string_view explanation;
  std::string_view topic_name = {};  ///< the topic's setting it is the default of
  int64_t factor = 1;                ///< from its unit to the topic's, or to what is stored
};

std::span<const Setting> SettingsTable();

using SettingList = std::vector<std::pair<std::string, std::string>>;

/// kInvalid names the first setting that is unknown or out of its range.
Result<BrokerSettings> ParseSettings(const SettingList& settings);

}  // namespace ticklake::broker
