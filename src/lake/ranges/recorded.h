// RecordedPositions: which text of a table states its positions.
//
// Other writers' commits do not carry snapshot summaries on, but they keep properties; an
// expired snapshot takes its summary along. So the nearest ancestor snapshot with a summary
// counts, else the property. Threading: pure function. Does not: load tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lake/ranges/position_set.h"

namespace ticklake::lake {

/// `summary`: kPositionsKey of the current snapshot or its nearest ancestor that has one.
/// `property`: kPositionsKey of the table. kCorrupt when there is neither: such a table must
/// not be appended to. `table` is its name, for messages.
Result<PositionSet> RecordedPositions(const std::optional<std::string>& summary,
                                      const std::optional<std::string>& property,
                                      std::string_view table);

}  // namespace ticklake::lake
