// The list of topics on disk: DIR/broker/topics.meta, one text file, replaced atomically.
//
// Threading: plain values. Format: docs/log-format.md.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/uuid.h"
#include "broker/log/topic_config.h"

namespace ticklake::broker {

struct Topic {
  std::string name;
  Uuid id;
  int32_t partitions = 0;
  ConfigMap config;  ///< overrides only

  bool operator==(const Topic&) const = default;
};

struct TopicTable {
  std::map<Uuid, Topic> topics;
  std::set<Uuid> deleted;  ///< their files may still be there

  bool operator==(const TopicTable&) const = default;
};

std::string FormatTopicTable(const TopicTable& table);
/// kCorrupt, or kUnsupported for a newer version; `path` is for the message.
Result<TopicTable> ParseTopicTable(std::string_view text, std::string_view path);

}  // namespace ticklake::broker
