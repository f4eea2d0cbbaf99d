#include "catalog/partitions.h"

#include <algorithm>
#include <iterator>

#include <fmt/ranges.h>

namespace ticklake::catalog {
namespace {

std::optional<PartitionError> Refuse(Code code, const Table& table, const PartitionValues& values,
                                     std::string_view why) {
  return PartitionError{values,
                        {code, fmt::format("table '{}.{}': partition ({}): {}", table.database,
                                           table.name, fmt::join(values, ", "), why)}};
}

std::unexpected<Error> NoFacts(const FactKey& key) {
  return Fail(Code::kUnsupported,
              "{} '{}': this catalog keeps no facts; one in AWS Glue has them there, ask it at its "
              "own address",
              key.kind, key.name);
}

}  // namespace

std::optional<PartitionError> CheckValues(const Table& table, const PartitionValues& values) {
  if (values.size() == table.partition_keys.size()) return std::nullopt;
  return Refuse(Code::kInvalid, table, values,
                fmt::format("has {} values, the table {} partition keys; give one for each",
                            values.size(), table.partition_keys.size()));
}

std::optional<PartitionError> PartitionExists(const Table& table, const PartitionValues& values) {
  return Refuse(Code::kAlreadyExists, table, values, "exists already");
}

std::optional<PartitionError> NoPartition(const Table& table, const PartitionValues& values) {
  return Refuse(Code::kNotFound, table, values, "does not exist");
}

std::unexpected<Error> FactExists(const FactKey& key) {
  return Fail(Code::kAlreadyExists, "{} '{}': exists already", key.kind, key.name);
}

std::unexpected<Error> NoFact(const FactKey& key) {
  return Fail(Code::kNotFound, "{} '{}': does not exist", key.kind, key.name);
}

Result<void> Catalog::UpdateDatabase(const Database& database) {
  return Fail(Code::kUnsupported, "database '{}': this catalog changes no databases",
              database.name);
}

Result<void> Catalog::PutFact(const Fact& fact, FactWrite) { return NoFacts(fact.key); }

Result<Fact> Catalog::GetFact(const FactKey& key) { return NoFacts(key); }

Result<std::vector<Fact>> Catalog::ListFacts(const FactQuery& query) { return NoFacts(query.key); }

Result<void> Catalog::DeleteFact(const FactKey& key) { return NoFacts(key); }

Result<std::vector<Partition>> AllPartitions(Catalog& catalog, const std::string& database,
                                             const std::string& table) {
  std::vector<Partition> all;
  PageRequest request;
  do {
    TL_ASSIGN(PartitionPage page, catalog.ListPartitions(database, table, request));
    std::ranges::move(page.partitions, std::back_inserter(all));
    request.after = std::move(page.next);
  } while (!request.after.empty());
  return all;
}

}  // namespace ticklake::catalog
