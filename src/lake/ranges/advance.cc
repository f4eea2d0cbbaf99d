#include "lake/ranges/advance.h"

#include <algorithm>
#include <set>
#include <vector>

namespace ticklake::lake {
namespace {

/// Empty when the range may follow `positions`.
std::string Objection(const PositionSet& positions, const Range& range) {
  if (range.from < 0 || range.to < range.from) return "it is no range";
  const int32_t next = positions.NextEpoch();
  const int32_t epoch = positions.EpochOf(range.log.cluster_id, range.log.topic_id);
  if (epoch < next && range.epoch != epoch) return fmt::format("its epoch is {}", epoch);
  if (epoch == next && range.epoch < next) return fmt::format("its epoch is below {}", next);
  const Position* recorded = positions.Find(range.log);
  if (recorded != nullptr && recorded->to != range.from) {
    return recorded->to > range.from ? "another commit covered it already"
                                     : "offsets between would be skipped";
  }
  return "";
}

}  // namespace

std::string Rejection::Message() const {
  return fmt::format("{}: the table records {}, the commit offers [{}, {}) of epoch {}: {}",
                     NameOf(log, topic), recorded ? fmt::format("{}", *recorded) : "nothing",
                     offered.from, offered.to, offered.epoch, why);
}

std::expected<PositionSet, Rejection> Advance(const PositionSet& recorded,
                                              std::span<const Range> ranges) {
  // By epoch, so that two new incarnations in one commit take their numbers in order.
  std::vector<const Range*> ordered;
  for (const Range& range : ranges) ordered.push_back(&range);
  std::ranges::stable_sort(ordered, {}, [](const Range* range) { return range->epoch; });

  PositionSet result = recorded;
  std::set<kafka::LogId> seen;
  for (const Range* range : ordered) {
    std::string why = seen.insert(range->log).second ? Objection(result, *range)
                                                     : "the commit names the log twice";
    if (!why.empty()) {
      const Position* position = recorded.Find(range->log);
      return std::unexpected(Rejection{range->log, range->topic,
                                       position ? std::optional(position->to) : std::nullopt,
                                       *range, std::move(why)});
    }
    result.Set({range->log, range->topic, range->epoch, range->to});
  }
  return result;
}

int32_t Epochs::Of(const PositionSet& recorded, const std::string& cluster_id,
                   const Uuid& topic_id) {
  const int32_t next = recorded.NextEpoch();
  const int32_t epoch = recorded.EpochOf(cluster_id, topic_id);
  if (epoch < next) return epoch;
  int32_t free = next;
  for (const auto& [incarnation, guess] : guesses_) free = std::max(free, guess + 1);
  int32_t& mine = guesses_.try_emplace({cluster_id, topic_id}, free).first->second;
  if (mine < next) mine = free;
  return mine;
}

Standing Compare(int64_t from, int64_t to, int64_t recorded) {
  if (recorded == from) return Standing::kExact;
  return from < recorded && recorded <= to ? Standing::kCovered : Standing::kReset;
}

}  // namespace ticklake::lake
