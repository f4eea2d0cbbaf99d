#include "lake/verify/tiles.h"

#include <algorithm>
#include <map>

#include "lake/ranges/keys.h"

namespace ticklake::lake {
namespace {

/// The ranges of the current snapshot and its ancestors, oldest first.
Result<std::vector<Range>> RangesOf(const iceberg::TableMetadata& metadata) {
  std::vector<const iceberg::Snapshot*> chain;
  for (const iceberg::Snapshot* snapshot = metadata.CurrentSnapshot(); snapshot != nullptr;
       snapshot = metadata.FindSnapshot(snapshot->parent_id)) {
    chain.push_back(snapshot);
  }
  std::ranges::reverse(chain);
  std::vector<Range> ranges;
  for (const iceberg::Snapshot* snapshot : chain) {
    const auto found = snapshot->summary.find(kRangesKey);
    if (found == snapshot->summary.end()) continue;
    TL_ASSIGN(const std::vector<Range> more, ParseRanges(found->second));
    ranges.insert(ranges.end(), more.begin(), more.end());
  }
  return ranges;
}

}  // namespace

Result<std::vector<std::string>> FindTileProblems(const LoadedTable& table) {
  std::vector<std::string> problems;
  const iceberg::TableMetadata& metadata = *table.state->metadata;
  const std::string name = table.state->entry.database + "." + table.state->entry.name;
  const std::string property = PropertyOf(*table.state, kPositionsKey);
  const auto summary = iceberg::SummaryOfNearestAncestor(metadata, kPositionsKey);
  if (summary) {
    const auto stated = PositionSet::Parse(property);
    if (!stated || *stated != table.positions) {
      problems.push_back(fmt::format(
          "{}: the positions in the newest snapshot summary and in the property '{}' differ", name,
          kPositionsKey));
    }
  }
  TL_ASSIGN(const std::vector<Range> ranges, RangesOf(metadata));
  std::map<kafka::LogId, int64_t> ends;
  for (const Range& range : ranges) {
    const auto [end, first] = ends.try_emplace(range.log, range.to);
    if (!first && end->second != range.from) {
      problems.push_back(fmt::format("{}: {}: a commit begins at {}, the one before ends at {}",
                                     name, NameOf(range.log, range.topic), range.from,
                                     end->second));
    }
    end->second = range.to;
  }
  for (const auto& [log, end] : ends) {
    const Position* position = table.positions.Find(log);
    if (position == nullptr || position->to != end) {
      problems.push_back(fmt::format("{}: {}: the last commit ends at {}, the position is {}", name,
                                     NameOf(log, position ? position->topic : ""), end,
                                     position ? position->to : -1));
    }
  }
  return problems;
}

}  // namespace ticklake::lake
