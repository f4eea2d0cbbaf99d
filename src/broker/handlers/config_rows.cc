#include "broker/handlers/config_rows.h"

#include "broker/handlers/settings.h"
#include "broker/log/topic_store.h"

namespace ticklake::broker {

std::vector<ConfigRow> TopicConfigRows(const RequestContext& context, const ConfigMap& overrides) {
  const ConfigMap& defaults = context.broker.topics.topic_defaults();
  std::vector<ConfigRow> rows;
  for (const ConfigEntry& entry : ConfigTable()) {
    ConfigRow& row = rows.emplace_back();
    row.name = entry.name;
    row.value = entry.default_value;
    row.type = entry.kind == ConfigEntry::Kind::kInteger ? ConfigType::kLong : ConfigType::kString;
    row.explanation = entry.explanation;
    const std::string name(entry.name);
    if (const auto found = defaults.find(name); found != defaults.end()) {
      row.value = found->second;
      row.source = ConfigSource::kBroker;
    }
    if (const auto found = overrides.find(name); found != overrides.end()) {
      row.value = found->second;
      row.source = ConfigSource::kTopic;
    }
  }
  return rows;
}

std::vector<ConfigRow> BrokerConfigRows(const RequestContext& context) {
  const BrokerSettings& settings = context.broker.settings;
  std::vector<ConfigRow> rows;
  for (const Setting& setting : SettingsTable()) {
    ConfigRow& row = rows.emplace_back();
    row.name = setting.name;
    row.value = setting.default_value;
    row.type = setting.max == 1 ? ConfigType::kBoolean : ConfigType::kLong;
    row.explanation = setting.explanation;
    const auto given = settings.given.find(row.name);
    if (given == settings.given.end()) continue;
    row.value = given->second;
    row.source = ConfigSource::kBroker;
  }
  return rows;
}

}  // namespace ticklake::broker
