// What every store of partitions and facts checks and says in the same words. For the stores only.
#pragma once

#include <optional>

#include "catalog/catalog.h"

namespace ticklake::catalog {

/// kInvalid unless there is one value for each of the table's partition keys.
std::optional<PartitionError> CheckValues(const Table& table, const PartitionValues& values);
std::optional<PartitionError> PartitionExists(const Table& table, const PartitionValues& values);
std::optional<PartitionError> NoPartition(const Table& table, const PartitionValues& values);
std::unexpected<Error> FactExists(const FactKey& key);
std::unexpected<Error> NoFact(const FactKey& key);

}  // namespace ticklake::catalog
