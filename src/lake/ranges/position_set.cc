#include "lake/ranges/position_set.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <utility>

#include "lake/ranges/keys.h"

namespace ticklake::lake {
namespace {

namespace json = boost::json;

/// Neighbours of one incarnation share what they have in common: a snapshot of a topic with a
/// thousand partitions names it once.
class Writer {
 public:
  void Add(const Range& range, json::array numbers) {
    const bool same = last_ != nullptr && last_->log.cluster_id == range.log.cluster_id &&
                      last_->log.topic_id == range.log.topic_id && last_->topic == range.topic &&
                      last_->epoch == range.epoch;
    if (!same) {
      topics_.push_back(json::object{{"cluster", range.log.cluster_id},
                                     {"topic_id", range.log.topic_id.ToString()},
                                     {"topic", range.topic},
                                     {"epoch", range.epoch},
                                     {"logs", json::array()}});
    }
    last_ = &range;
    topics_.back().get_object().at("logs").get_array().push_back(std::move(numbers));
  }
  std::string Text() {
    return json::serialize(
        json::object{{"v", kRangesFormatVersion}, {"topics", std::move(topics_)}});
  }

 private:
  json::array topics_;
  const Range* last_ = nullptr;  // the caller's, alive until Text
};

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

Result<int64_t> Number(const json::value* value, std::string_view key, int64_t highest) {
  if (value == nullptr || !value->is_int64()) return Damaged(fmt::format("no integer '{}'", key));
  const int64_t number = value->get_int64();
  if (number < 0 || number > highest) {
    return Damaged(fmt::format("'{}' is {}, out of range", key, number));
  }
  return number;
}

Result<int64_t> Integer(const json::object& object, std::string_view key, int64_t highest) {
  return Number(object.if_contains(key), key, highest);
}

constexpr int64_t kInt = std::numeric_limits<int32_t>::max();
constexpr int64_t kLong = std::numeric_limits<int64_t>::max();

/// What the entries of both versions begin with.
Result<Range> ParseTopic(const json::object& entry) {
  Range range;
  TL_ASSIGN(range.log.cluster_id, Text(entry, "cluster"));
  TL_ASSIGN(const std::string topic_id, Text(entry, "topic_id"));
  TL_ASSIGN(range.log.topic_id, Uuid::Parse(topic_id));
  TL_ASSIGN(range.topic, Text(entry, "topic"));
  TL_ASSIGN(const int64_t epoch, Integer(entry, "epoch", kInt));
  range.epoch = static_cast<int32_t>(epoch);
  return range;
}

/// An entry of version 2: [partition, to] or [partition, from, to] for each log.
Result<void> ParseGroup(const json::value& value, bool with_from, std::vector<Range>& ranges) {
  if (!value.is_object()) return Damaged("an entry of 'topics' is no object");
  const json::object& entry = value.get_object();
  const json::value* logs = entry.if_contains("logs");
  if (entry.size() != 5 || logs == nullptr || !logs->is_array()) {
    return Damaged("an entry has unknown or lacking keys");
  }
  TL_ASSIGN(Range range, ParseTopic(entry));
  for (const json::value& log : logs->get_array()) {
    if (!log.is_array() || log.get_array().size() != (with_from ? 3U : 2U)) {
      return Damaged("an entry of 'logs' has too few or too many numbers");
    }
    const json::array& numbers = log.get_array();
    TL_ASSIGN(const int64_t partition, Number(&numbers.front(), "partition", kInt));
    range.log.partition = static_cast<int32_t>(partition);
    TL_ASSIGN(range.to, Number(&numbers.back(), "to", kLong));
    if (with_from) {
      TL_ASSIGN(range.from, Number(&numbers[1], "from", range.to));
    }
    ranges.push_back(range);
  }
  return {};
}

/// An entry of version 1; `from` stays 0 where the format has none.
Result<Range> ParseEntry(const json::value& value, bool with_from) {
  if (!value.is_object()) return Damaged("an entry of 'logs' is no object");
  const json::object& entry = value.get_object();
  if (entry.size() != (with_from ? 7U : 6U)) return Damaged("an entry has unknown or lacking keys");
  TL_ASSIGN(Range range, ParseTopic(entry));
  TL_ASSIGN(const int64_t partition, Integer(entry, "partition", kInt));
  TL_ASSIGN(range.to, Integer(entry, "to", kLong));
  if (with_from) {
    TL_ASSIGN(range.from, Integer(entry, "from", range.to));
  }
  range.log.partition = static_cast<int32_t>(partition);
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
  const char* const key = version == 1 ? "logs" : "topics";
  const json::value* entries = root.get_object().if_contains(key);
  if (entries == nullptr || !entries->is_array() || root.get_object().size() != 2) {
    return Damaged(fmt::format("no list '{}', or unknown keys beside it", key));
  }
  std::vector<Range> ranges;
  for (const json::value& entry : entries->get_array()) {
    if (version > 1) {
      TL_TRY(ParseGroup(entry, with_from, ranges));
      continue;
    }
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
  std::vector<Range> ranges;
  ranges.reserve(logs_.size());
  for (const auto& [log, position] : logs_) {
    ranges.push_back({log, position.topic, position.epoch, 0, position.to});
  }
  Writer writer;
  for (const Range& range : ranges) writer.Add(range, {range.log.partition, range.to});
  return writer.Text();
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
  Writer writer;
  for (const Range& range : ranges) writer.Add(range, {range.log.partition, range.from, range.to});
  return writer.Text();
}

Result<std::vector<Range>> ParseRanges(std::string_view text) { return ParseEntries(text, true); }

}  // namespace ticklake::lake
