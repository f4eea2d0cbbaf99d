#include "broker/handlers/settings.h"

#include <gtest/gtest.h>

#include <set>

namespace ticklake::broker {
namespace {

TEST(Settings, UnitsComeTogether) {
  const auto parsed = ParseSettings({{"log.retention.hours", "2"},
                                     {"num.partitions", "3"},
                                     {"auto.create.topics.enable", "false"},
                                     {"offsets.retention.minutes", "-1"}});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->topic_defaults.at("retention.ms"), "7200000");
  EXPECT_EQ(parsed->num_partitions, 3);
  EXPECT_FALSE(parsed->auto_create_topics);
  EXPECT_EQ(parsed->offsets_retention_ms, -1);
}

TEST(Settings, DefaultsAreThoseOfTheTable) {
  SettingList all;
  for (const Setting& setting : SettingsTable()) {
    if (!setting.default_value.empty()) all.emplace_back(setting.name, setting.default_value);
  }
  const auto given = ParseSettings(all);
  const auto plain = ParseSettings({});
  ASSERT_TRUE(given.has_value() && plain.has_value());
  EXPECT_EQ(given->auto_create_topics, plain->auto_create_topics);
  EXPECT_EQ(given->num_partitions, plain->num_partitions);
  EXPECT_EQ(given->socket_request_max_bytes, plain->socket_request_max_bytes);
  EXPECT_EQ(given->connections_max_idle_ms, plain->connections_max_idle_ms);
  EXPECT_EQ(given->fetch_max_bytes, plain->fetch_max_bytes);
  EXPECT_EQ(given->offsets_retention_ms, plain->offsets_retention_ms);
  EXPECT_EQ(given->offset_metadata_max_bytes, plain->offset_metadata_max_bytes);
  EXPECT_EQ(given->retention_check_ms, plain->retention_check_ms);
  EXPECT_EQ(given->groups.initial_rebalance_delay_ms, plain->groups.initial_rebalance_delay_ms);
  EXPECT_EQ(given->groups.min_session_timeout_ms, plain->groups.min_session_timeout_ms);
  EXPECT_EQ(given->groups.max_session_timeout_ms, plain->groups.max_session_timeout_ms);
  EXPECT_EQ(given->groups.max_size, plain->groups.max_size);
  const auto topic = ParseTopicConfig(given->topic_defaults);
  EXPECT_EQ(topic->retention_ms, ParseTopicConfig({})->retention_ms);
  EXPECT_EQ(topic->retention_bytes, ParseTopicConfig({})->retention_bytes);
}

TEST(Settings, MistakesAreNamed) {
  const auto message = [](const char* name, const char* value) {
    const auto parsed = ParseSettings({{name, value}});
    return parsed ? std::string("accepted") : parsed.error().message;
  };
  EXPECT_NE(message("num.partition", "1").find("'num.partition'"), std::string::npos);
  for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{
           {"num.partitions", "0"},
           {"num.partitions", "3x"},
           {"auto.create.topics.enable", "yes"},
           {"log.retention.hours", "9223372036854775807"},
           {"log.message.timestamp.type", "x"}}) {
    EXPECT_NE(message(name, value), "accepted") << name << "=" << value;
  }
}

TEST(Settings, EveryTopicSettingExists) {
  std::set<std::string_view> topic_names;
  for (const ConfigEntry& entry : ConfigTable()) topic_names.insert(entry.name);
  for (const Setting& setting : SettingsTable()) {
    if (!setting.topic_name.empty()) {
      EXPECT_TRUE(topic_names.contains(setting.topic_name)) << setting.name;
    }
  }
}

}  // namespace
}  // namespace ticklake::broker
