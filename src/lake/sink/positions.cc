#include "lake/sink/positions.h"

#include <optional>
#include <utility>

#include "lake/ranges/keys.h"
#include "lake/ranges/recorded.h"

namespace ticklake::lake {

std::string PropertyOf(const TableState& state, const std::string& key) {
  const auto found = state.metadata->properties.find(key);
  return found == state.metadata->properties.end() ? "" : found->second;
}

bool FilesFit(const TableState& written_for, const TableState& now) {
  const iceberg::TableMetadata& before = *written_for.metadata;
  const iceberg::TableMetadata& after = *now.metadata;
  return before.table_uuid == after.table_uuid && before.default_spec_id == after.default_spec_id &&
         before.CurrentSchema().SameFields(after.CurrentSchema()) &&
         PropertyOf(written_for, kSweptKey) == PropertyOf(now, kSweptKey);
}

Result<LoadedTable> ReadPositions(TableState state) {
  LoadedTable loaded{.state = std::make_shared<const TableState>(std::move(state))};
  loaded.topic = PropertyOf(*loaded.state, kTopicKey);
  if (loaded.topic.empty()) return loaded;
  std::optional<std::string> property;
  if (std::string text = PropertyOf(*loaded.state, kPositionsKey); !text.empty()) {
    property = std::move(text);
  }
  const catalog::Table& entry = loaded.state->entry;
  TL_ASSIGN(loaded.positions, RecordedPositions(iceberg::SummaryOfNearestAncestor(
                                                    *loaded.state->metadata, kPositionsKey),
                                                property, entry.database + "." + entry.name));
  return loaded;
}

Result<LoadedTable> LoadTopicTable(TableStore& tables, const std::string& database,
                                   const std::string& name) {
  auto state = tables.Load(database, name);
  if (!state && state.error().code == Code::kNotFound) return LoadedTable{};
  if (!state) return Fail(std::move(state).error());
  return ReadPositions(std::move(*state));
}

}  // namespace ticklake::lake
