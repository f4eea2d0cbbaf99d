#include "broker/log/topic_table.h"

#include "broker/log/log_format.h"
#include "broker/log/stamped_text.h"

namespace ticklake::broker {
namespace {

constexpr Stamp kStamp{"topics", kTopicsVersion};

/// One line; false when it is none of ours.
bool ParseLine(std::string_view line, TopicTable& table) {
  const auto words = Words(line);
  if (words.size() < 2) return false;
  const auto id = Uuid::Parse(words[1]);
  if (!id) return false;
  if (words[0] == "deleted" && words.size() == 2) return table.deleted.insert(*id).second;
  int64_t partitions = 0;
  if (words[0] == "topic" && words.size() == 4 && ParseNumber(words[2], &partitions)) {
    const auto count = static_cast<int32_t>(partitions);
    return table.topics.insert({*id, Topic{std::string(words[3]), *id, count, {}}}).second;
  }
  if (words[0] != "config" || words.size() != 4) return false;
  const auto topic = table.topics.find(*id);
  if (topic == table.topics.end()) return false;
  topic->second.config.emplace(words[2], words[3]);
  return true;
}

}  // namespace

std::string FormatTopicTable(const TopicTable& table) {
  std::string body;
  for (const auto& [id, topic] : table.topics) {
    body += fmt::format("topic {} {} {}\n", id.ToString(), topic.partitions, topic.name);
    for (const auto& [name, value] : topic.config) {
      body += fmt::format("config {} {} {}\n", id.ToString(), name, value);
    }
  }
  for (const Uuid& id : table.deleted) body += fmt::format("deleted {}\n", id.ToString());
  return StampText(kStamp, body);
}

Result<TopicTable> ParseTopicTable(std::string_view text, std::string_view path) {
  TL_ASSIGN(const auto lines, CheckStamp(kStamp, text, path));
  TopicTable table;
  for (const std::string_view line : lines) {
    if (!ParseLine(line, table)) {
      return Fail(Code::kCorrupt, "{}: cannot read the line '{}'", path, line);
    }
  }
  return table;
}

}  // namespace ticklake::broker
