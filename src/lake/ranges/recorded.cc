#include "lake/ranges/recorded.h"

#include "lake/ranges/keys.h"

namespace ticklake::lake {

Result<PositionSet> RecordedPositions(const std::optional<std::string>& summary,
                                      const std::optional<std::string>& property,
                                      std::string_view table) {
  const std::optional<std::string>& text = summary ? summary : property;
  if (!text) {
    return Fail(Code::kCorrupt,
                "table '{}': it holds a topic's records, but neither a snapshot summary nor the "
                "property '{}' says up to which position; nothing is appended until the property "
                "is restored from an older metadata file",
                table, kPositionsKey);
  }
  auto positions = PositionSet::Parse(*text);
  if (!positions) return Fail(positions.error().Within(fmt::format("table '{}'", table)));
  return positions;
}

}  // namespace ticklake::lake
