#include "lake/sink/commit_ranges.h"

#include <utility>

#include "base/uuid.h"
#include "lake/ranges/advance.h"
#include "lake/ranges/keys.h"

namespace ticklake::lake {

Result<LoadedTable> CommitRanges(TableStore& tables, const LoadedTable& base, RangeCommit commit) {
  const auto positions = Advance(base.positions, commit.ranges);
  if (!positions) return Fail(Code::kConflict, "{}", positions.error().Message());
  TableChange change;
  change.added = std::move(commit.files);
  change.schema = std::move(commit.schema);
  change.summary[kPositionsKey] = positions->ToJson();
  change.summary[kRangesKey] = RangesToJson(commit.ranges);
  change.summary[kCommitIdKey] = Uuid::Random().ToString();
  change.set_properties[kPositionsKey] = change.summary[kPositionsKey];
  if (!commit.holes.empty()) {
    change.summary[kHolesKey] = RangesToJson(commit.holes);
    std::vector<Range> all;
    if (const std::string text = PropertyOf(*base.state, kHolesKey); !text.empty()) {
      TL_ASSIGN(all, ParseRanges(text));
    }
    all.insert(all.end(), commit.holes.begin(), commit.holes.end());
    change.set_properties[kHolesKey] = RangesToJson(all);
  }
  TL_ASSIGN(TableState state, tables.Commit(*base.state, change));
  return ReadPositions(std::move(state));
}

std::map<std::string, std::string> TopicProperties(const std::string& topic) {
  return {{kTopicKey, topic}, {kPositionsKey, PositionSet().ToJson()}};
}

}  // namespace ticklake::lake
