#include "broker/handlers/config_rows.h"

#include "broker/handlers/settings.h"
#include "broker/log/topic_store.h"

namespace ticklake::broker {

namespace {

// The broker's setting that is the default of a topic's: the one that was given, or the first.
std::string_view BrokerName(std::string_view topic_name, const BrokerSettings& settings) {
  std::string_view name;
  for (const Setting& setting : SettingsTable()) {
    if (setting.topic_name != topic_name) continue;
    if (settings.given.contains(setting.name)) return setting.name;
    if (name.empty()) name = setting.name;
  }
  return name.empty() ? topic_name : name;
}

}  // namespace

std::vector<ConfigRow> TopicConfigRows(const RequestContext& context, const ConfigMap& overrides) {
  const BrokerSettings& settings = context.broker.settings;
  const ConfigMap& defaults = context.broker.topics.topic_defaults();
  std::vector<ConfigRow> rows;
  for (const ConfigEntry& entry : ConfigTable()) {
    ConfigRow& row = rows.emplace_back();
    row.name = entry.name;
    row.type = entry.kind == ConfigEntry::Kind::kInteger ? ConfigType::kLong : ConfigType::kString;
    row.explanation = entry.explanation;
    const std::string name(entry.name);
    const std::string_view broker_name = BrokerName(entry.name, settings);
    if (const auto found = overrides.find(name); found != overrides.end()) {
      row.synonyms.push_back({entry.name, found->second, ConfigSource::kTopic});
    }
    if (const auto found = defaults.find(name); found != defaults.end()) {
      row.synonyms.push_back({broker_name, found->second, ConfigSource::kBroker});
    }
    row.synonyms.push_back({broker_name, std::string(entry.default_value), ConfigSource::kDefault});
    row.value = row.synonyms.front().value;
    row.source = row.synonyms.front().source;
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
    if (given != settings.given.end()) {
      row.value = given->second;
      row.source = ConfigSource::kBroker;
      row.synonyms.push_back({row.name, row.value, row.source});
    }
    row.synonyms.push_back({row.name, std::string(setting.default_value), ConfigSource::kDefault});
  }
  return rows;
}

}  // namespace ticklake::broker
