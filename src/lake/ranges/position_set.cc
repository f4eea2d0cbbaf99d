#include "lake/ranges/position_set.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <utility>

#include "lake/ranges/keys.h"

namespace ticklake::lake {
namespace {

namespace json = boost::json;

json::object LogJson(const kafka::LogId& log, const std::string& topic, int32_t epoch) {
  return {{"cluster", log.cluster_id},
          {"topic_id", log.topic_id.ToString()},
          {"topic", topic},
          {"partition", log.partition},
          {"epoch", epoch}};
}

std::string Envelope(json::array logs) {
  return json::serialize(json::object{{"v", kRangesFormatVersion}, {"logs", std::move(logs)}});
}

std::unexpected<Error> Damaged(std::string_view why) {
  return Fail(Code::kCorrupt,
              "recorded positions: {}; the table's metadata was changed by something else, restore "
              "an older metadata file",
              why);
}

Result<std::string> Text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return Damaged(fmt::format("no text '{}'", key));
  return std::string(value->get_string());
}

Result<int64_t> Integer(const json::object& object, std::string_view key, int64_t highest) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return Damaged(fmt::format("no integer '{}'", key));
  const int64_t number = value->get_int64();
  if (number < 0 || number > highest) {
    return Damaged(fmt::format("'{}' is {}, out of range", key, number));
  }
  return number;
}

/// One entry; `from` stays 0 where the format has none.
Result<Range> ParseEntry(const json::value& value, bool with_from) {
  if (!value.is_object()) return Damaged("an entry of 'logs' is no object");
  const json::object& entry = value.get_object();
  if (entry.size() != (with_from ? 7U : 6U)) return Damaged("an entry has unknown or lacking keys");
  Range range;
  TL_ASSIGN(range.log.cluster_id, Text(entry, "cluster"));
  TL_ASSIGN(const std::string topic_id, Text(entry, "topic_id"));
  TL_ASSIGN(range.log.topic_id, Uuid::Parse(topic_id));
  TL_ASSIGN(range.topic, Text(entry, "topic"));
  constexpr int64_t kInt = std::numeric_limits<int32_t>::max();
  constexpr int64_t kLong = std::numeric_limits<int64_t>::max();
  TL_ASSIGN(const int64_t partition, Integer(entry, "partition", kInt));
  TL_ASSIGN(const int64_t epoch, Integer(entry, "epoch", kInt));
  TL_ASSIGN(range.to, Integer(entry, "to", kLong));
  if (with_from) {
    TL_ASSIGN(range.from, Integer(entry, "from", range.to));
  }
  range.log.partition = static_cast<int32_t>(partition);
  range.epoch = static_cast<int32_t>(epoch);
  return range;
}

Result<std::vector<Range>> ParseEntries(std::string_view text, bool with_from) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error || !root.is_object()) return Damaged("not a JSON object");
  TL_ASSIGN(const int64_t version,
            Integer(root.get_object(), "v", std::numeric_limits<int32_t>::max()));
  if (version > kRangesFormatVersion) {
    return Fail(Code::kUnsupported,
                "recorded positions: format {} was written by a newer Ticklake, this one knows up "
                "to {}; upgrade this process",
                version, kRangesFormatVersion);
  }
  if (version < 1) return Damaged("format version 0");
  const json::value* logs = root.get_object().if_contains("logs");
  if (logs == nullptr || !logs->is_array() || root.get_object().size() != 2) {
    return Damaged("no list 'logs', or unknown keys beside it");
  }
  std::vector<Range> ranges;
  ranges.reserve(logs->get_array().size());
  for (const json::value& entry : logs->get_array()) {
    TL_ASSIGN(Range range, ParseEntry(entry, with_from));
    ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace

std::string NameOf(const kafka::LogId& log, std::string_view topic) {
  return fmt::format("topic '{}' partition {} (id {}, cluster {})", topic, log.partition,
                     log.topic_id.ToString(), log.cluster_id);
}

const Position* PositionSet::Find(const kafka::LogId& log) const {
  const auto it = logs_.find(log);
  return it == logs_.end() ? nullptr : &it->second;
}

void PositionSet::Set(Position position) {
  kafka::LogId log = position.log;
  logs_.insert_or_assign(std::move(log), std::move(position));
}

int32_t PositionSet::EpochOf(const std::string& cluster_id, const Uuid& topic_id) const {
  // Partitions of an incarnation are neighbours in the map, so the first one at or after
  // partition 0 tells.
  const auto it = logs_.lower_bound(kafka::LogId{cluster_id, topic_id, 0});
  if (it != logs_.end() && it->first.cluster_id == cluster_id && it->first.topic_id == topic_id) {
    return it->second.epoch;
  }
  return NextEpoch();
}

int32_t PositionSet::NextEpoch() const {
  int32_t next = 0;
  for (const auto& [log, position] : logs_) next = std::max(next, position.epoch + 1);
  return next;
}

std::string PositionSet::ToJson() const {
  json::array logs;
  for (const auto& [log, position] : logs_) {
    json::object entry = LogJson(log, position.topic, position.epoch);
    entry["to"] = position.to;
    logs.push_back(std::move(entry));
  }
  return Envelope(std::move(logs));
}

Result<PositionSet> PositionSet::Parse(std::string_view text) {
  TL_ASSIGN(std::vector<Range> entries, ParseEntries(text, false));
  PositionSet set;
  std::map<int32_t, std::pair<std::string, Uuid>> owner;  // of each epoch
  for (Range& entry : entries) {
    const auto incarnation = std::pair(entry.log.cluster_id, entry.log.topic_id);
    const auto [known, added] = owner.emplace(entry.epoch, incarnation);
    if (known->second != incarnation) {
      return Damaged(fmt::format("epoch {} belongs to two topics", entry.epoch));
    }
    if (set.Find(entry.log) != nullptr) return Damaged("a log has two positions");
    set.Set({entry.log, std::move(entry.topic), entry.epoch, entry.to});
  }
  for (const auto& [log, position] : set.logs_) {
    if (set.EpochOf(log.cluster_id, log.topic_id) != position.epoch) {
      return Damaged("one topic has two epochs");
    }
  }
  return set;
}

std::string RangesToJson(const std::vector<Range>& ranges) {
  json::array logs;
  for (const Range& range : ranges) {
    json::object entry = LogJson(range.log, range.topic, range.epoch);
    entry["from"] = range.from;
    entry["to"] = range.to;
    logs.push_back(std::move(entry));
  }
  return Envelope(std::move(logs));
}

Result<std::vector<Range>> ParseRanges(std::string_view text) { return ParseEntries(text, true); }

}  // namespace ticklake::lake
