// The configuration of a topic as the protocol shows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/handlers/context.h"
#include "broker/log/topic_table.h"

namespace ticklake::broker {

/// Where a value comes from: Kafka's ConfigSource.
enum class ConfigSource : int8_t { kTopic = 1, kBroker = 4, kDefault = 5 };
/// Kafka's ConfigType.
enum class ConfigType : int8_t { kBoolean = 1, kString = 2, kInt = 3, kLong = 5 };

/// Where a value could come from, under the name that it has there.
struct ConfigSynonym {
  std::string_view name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
};

struct ConfigRow {
  std::string_view name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
  ConfigType type = ConfigType::kString;
  std::string_view explanation;
  std::vector<ConfigSynonym> synonyms;  ///< the one that counts first
};

/// Every setting of a topic with these overrides, in the table's order.
std::vector<ConfigRow> TopicConfigRows(const RequestContext& context, const ConfigMap& overrides);

/// Every setting of the broker.
std::vector<ConfigRow> BrokerConfigRows(const RequestContext& context);

/// Resource types of the config APIs.
inline constexpr int8_t kTopicResource = 2;
inline constexpr int8_t kBrokerResource = 4;

}  // namespace ticklake::broker
