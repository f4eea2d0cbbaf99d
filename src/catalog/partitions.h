// What every store of partitions checks and says in the same words. For the stores only.
#pragma once

#include <optional>

#include "catalog/catalog.h"

namespace ticklake::catalog {

/// kInvalid unless there is one value for each of the table's partition keys.
std::optional<PartitionError> CheckValues(const Table& table, const PartitionValues& values);
std::optional<PartitionError> PartitionExists(const Table& table, const PartitionValues& values);
std::optional<PartitionError> NoPartition(const Table& table, const PartitionValues& values);

}  // namespace ticklake::catalog
