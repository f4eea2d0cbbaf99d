#include "lake/sink/topic_registry.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "lake/rows/names.h"

namespace ticklake::lake {
namespace {

constexpr Nanos kOpenAgainAfter = 2 * kNanosPerSecond;

std::vector<std::string> SplitGlobs(const std::string& text) {
  std::vector<std::string> globs;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t comma = std::min(text.find(',', from), text.size());
    std::string glob = text.substr(from, comma - from);
    std::erase(glob, ' ');
    if (!glob.empty()) globs.push_back(std::move(glob));
    from = comma + 1;
  }
  return globs;
}

}  // namespace

TopicRegistry::TopicRegistry(const TopicTableParts& parts, std::string cluster_id)
    : parts_(parts),
      cluster_id_(std::move(cluster_id)),
      globs_(SplitGlobs(parts.options->topics)) {}

bool TopicRegistry::Wanted(const std::string& topic) const {
  return std::ranges::any_of(globs_, [&](const std::string& glob) {
    return fnmatch(glob.c_str(), topic.c_str(), 0) == 0;
  });
}

std::vector<TopicTablePtr> TopicRegistry::Tables() const {
  const std::lock_guard lock(mutex_);
  std::vector<TopicTablePtr> tables;
  for (const auto& [topic, table] : by_topic_) tables.push_back(table);
  return tables;
}

TopicTablePtr TopicRegistry::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [topic, table] : by_topic_) {
    if (table->tail.table() == name) return table;
  }
  return nullptr;
}

Result<std::string> TopicRegistry::ChooseName(const std::string& topic) {
  std::optional<Error> failed;
  const NameChoice choice = TableName(topic, [&](const std::string& name) {
    if (Find(name) != nullptr) return true;
    auto stored = LoadTopicTable(*parts_.tables, parts_.options->database, name);
    if (!stored && stored.error().code == Code::kUnsupported) return true;  // no table of ours
    if (!stored) {
      failed = stored.error();
      return false;
    }
    return stored->state != nullptr && stored->topic != topic;
  });
  // A table of ours that cannot be read keeps its name: its error is shown under it.
  if (failed) spdlog::error("topic '{}': {}", topic, failed->message);
  if (choice.collided) {
    spdlog::warn("topic '{}': its plain table name belongs to another; its table is '{}'", topic,
                 choice.name);
  }
  return choice.name;
}

TopicTablePtr TopicRegistry::Add(const std::string& topic) {
  const auto name = ChooseName(topic);
  if (!name) return nullptr;
  auto table = std::make_shared<TopicTable>(parts_, *name, topic);
  table->state.counts.database = parts_.options->database;
  const std::lock_guard lock(mutex_);
  return by_topic_.emplace(topic, std::move(table)).first->second;
}

bool TopicRegistry::Open(TopicTable& table) {
  {
    const std::lock_guard lock(table.mutex);
    if (table.state.opened) return true;
    if (parts_.clock->Monotonic() < table.state.open_again_at) return false;
  }
  const auto opened = table.committer.Refresh();
  const std::lock_guard lock(table.mutex);
  TopicTable::State& state = table.state;
  state.opened = opened.has_value();
  if (opened) {
    state.counts.error.clear();
    return true;
  }
  if (state.counts.error != opened.error().message) spdlog::error("{}", opened.error().message);
  state.counts.error = opened.error().message;
  state.open_again_at = parts_.clock->Monotonic() + kOpenAgainAfter;
  return false;
}

Result<void> TopicRegistry::Discover() {
  const std::lock_guard discovering(discovering_);
  TL_ASSIGN(const std::vector<kafka::TopicInfo> topics, parts_.reader->Topics());
  std::set<std::string> present;
  for (const kafka::TopicInfo& topic : topics) {
    if (!Wanted(topic.name)) continue;
    present.insert(topic.name);
    TopicTablePtr table;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = by_topic_.find(topic.name); found != by_topic_.end()) {
        table = found->second;
      }
    }
    if (!table) table = Add(topic.name);
    if (table && Open(*table)) table->tail.SetIncarnation(cluster_id_, topic);
  }
  for (const TopicTablePtr& table : Tables()) {
    if (!present.contains(table->tail.topic())) {
      table->tail.SetIncarnation(cluster_id_, std::nullopt);
    }
  }
  return {};
}

TopicRegistry::Survey TopicRegistry::Look(TopicTable& table) {
  Survey survey;
  for (const kafka::LogId& log : table.tail.LiveLogs()) {
    const auto bounds = parts_.reader->Bounds(log);
    if (bounds) {
      survey.ends[log] = bounds->last_stable;
      if (table.tail.Observe(log, *bounds, parts_.options->on_gap)) survey.readable.push_back(log);
    } else if (bounds.error().code == Code::kNotFound) {
      table.tail.MarkGone(log);
    } else if (!survey.error) {
      survey.error = bounds.error().Within(NameOf(log, table.tail.topic()));
    }
  }
  return survey;
}

}  // namespace ticklake::lake
