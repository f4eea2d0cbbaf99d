#include "aws/glue/iceberg_commit.h"

#include "aws/glue/members.h"
#include "aws/glue/table_search.h"
#include "base/ascii.h"
#include "lake/ranges/keys.h"
#include "lake/sink/positions.h"

namespace ticklake::aws::glue {
namespace {

constexpr char kOwnPrefix[] = "ticklake.";

std::string ParameterOf(const catalog::Table& table, const char* name) {
  const auto at = table.parameters.find(name);
  return at == table.parameters.end() ? "" : at->second;
}

bool IsIceberg(const catalog::Table& table) {
  return AsciiLower(ParameterOf(table, kTableTypeKey)) == "iceberg";
}

std::string LocationOf(const catalog::Table& table) {
  return ParameterOf(table, catalog::kMetadataLocation);
}

// pyiceberg copies a table's properties into the parameters. Ours change with each commit of the
// sink, which does not: a copy would be wrong at once.
void DropCopies(catalog::Table& table) {
  std::erase_if(table.parameters,
                [](const auto& entry) { return entry.first.starts_with(kOwnPrefix); });
}

}  // namespace

IcebergCommits::IcebergCommits(store::ObjectStore* lake)
    : lake_(lake), cache_(lake == nullptr ? nullptr : std::make_unique<lake::TableCache>(*lake)) {}

bool IcebergCommits::InLake(const catalog::Table& table) const {
  return lake_ != nullptr && lake_->KeyOf(LocationOf(table)).has_value();
}

AwsResult<IcebergCommits::Metadata> IcebergCommits::Load(const catalog::Table& table) {
  auto metadata = cache_->Metadata(LocationOf(table));
  if (metadata) return std::move(*metadata);
  return AwsFail(400, "InvalidInputException", "table '{}.{}': its new metadata file: {}",
                 table.database, table.name, metadata.error().message);
}

AwsResult<> IcebergCommits::CheckNew(const catalog::Table& table) {
  if (!IsIceberg(table) || LocationOf(table).empty() || !InLake(table)) return {};
  TL_TRY(Load(table));
  return {};
}

AwsResult<> IcebergCommits::CheckUpdate(const catalog::Table& stored, catalog::Table& next,
                                        bool with_version) {
  if (!IsIceberg(stored)) return CheckNew(next);
  DropCopies(next);
  const std::string before = LocationOf(stored);
  const std::string after = LocationOf(next);
  const std::string based_on = ParameterOf(next, catalog::kPreviousMetadataLocation);
  if (!with_version && after != before && !before.empty() && based_on != before) {
    return AwsFail(400, "ConcurrentModificationException",
                   "table '{}.{}': its metadata is at '{}', not at '{}' where this commit begins; "
                   "load the table again",
                   stored.database, stored.name, before, based_on);
  }
  if (before == after || !InLake(stored)) return {};
  if (!IsIceberg(next) || after.empty() || !InLake(next)) {
    return AwsFail(400, "InvalidInputException",
                   "table '{}.{}': is an Iceberg table of the lake; an update names a metadata "
                   "file of it as metadata_location, and table_type=ICEBERG",
                   stored.database, stored.name);
  }
  TL_ASSIGN(const Metadata old, Load(stored));
  TL_ASSIGN(const Metadata now, Load(next));
  if (now->table_uuid != old->table_uuid) {
    return AwsFail(400, "InvalidInputException",
                   "table '{}.{}': the metadata file is that of another table ({}, not {}); drop "
                   "the table first if it is to be replaced",
                   stored.database, stored.name, now->table_uuid, old->table_uuid);
  }
  const auto topic = old->properties.find(lake::kTopicKey);
  if (topic == old->properties.end()) return {};
  const lake::TableState state{next, now};
  const auto positions = lake::ReadPositions(state);
  if (positions && positions->topic == topic->second) return {};
  return AwsFail(400, "InvalidInputException",
                 "table '{}.{}': belongs to topic '{}', and this commit loses where in the topic "
                 "it stands ({}); keep the properties ticklake.*, or copy the rows into a table "
                 "of your own",
                 stored.database, stored.name, topic->second,
                 positions ? "the property ticklake.topic" : positions.error().message);
}

}  // namespace ticklake::aws::glue
