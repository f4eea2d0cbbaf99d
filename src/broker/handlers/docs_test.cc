// docs/kafka-api.md says what the tables say.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "broker/handlers/settings.h"
#include "kafka/protocol/apis.h"

namespace ticklake::broker {
namespace {

std::string Page() {
  const auto root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  std::ifstream in(root / "docs/kafka-api.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(KafkaApiPage, ListsEveryApiWithItsVersions) {
  const std::string page = Page();
  for (const auto& api : kafka::protocol::kApis) {
    const std::string line = fmt::format("\n| {} | {} | {}–{} |", api.name,
                                         static_cast<int>(api.key), api.lowest, api.highest);
    EXPECT_NE(page.find(line), std::string::npos) << "docs/kafka-api.md lacks" << line;
  }
}

TEST(KafkaApiPage, ListsEverySetting) {
  const std::string page = Page();
  for (const Setting& setting : SettingsTable()) {
    const std::string line = fmt::format("\n| `{}` | {} | {} |\n", setting.name,
                                         setting.default_value, setting.explanation);
    EXPECT_NE(page.find(line), std::string::npos) << "docs/kafka-api.md lacks" << line;
  }
  for (const ConfigEntry& entry : ConfigTable()) {
    const std::string line =
        fmt::format("\n| `{}` | {} | {} |\n", entry.name, entry.default_value, entry.explanation);
    EXPECT_NE(page.find(line), std::string::npos) << "docs/kafka-api.md lacks" << line;
  }
}

}  // namespace
}  // namespace ticklake::broker
