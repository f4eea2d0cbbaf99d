// How column statistics are named among the facts. Threading: pure functions.
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "catalog/catalog_json.h"

namespace ticklake::aws::glue {

/// Facts of a table, named by the column.
inline constexpr char kTableStatistics[] = "column_statistics";
/// Facts of a table, named by the partition and the column.
inline constexpr char kPartitionStatistics[] = "partition_statistics";

/// What the names of one partition's statistics begin with.
inline std::string StatisticsPrefix(const catalog::PartitionValues& values) {
  return catalog::ToJson(values) + "\n";
}

}  // namespace ticklake::aws::glue
