// The JSON of what the catalog file holds in one text: parameters, columns, storage.
//
// Members that have their default are left out, and are read as it. Threading: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {

std::string ToJson(const Parameters& parameters);
std::string ToJson(const std::vector<Column>& columns);
std::string ToJson(const StorageDescriptor& storage);
std::string ToJson(const PartitionValues& values);
/// Description, owner, retention, view texts, and what is extra.
std::string DetailsToJson(const Table& table);
/// Details of a database or a partition: only what is extra.
std::string ExtraToDetails(const std::string& extra);
/// All of a table but its partitions, as one object.
std::string ToJson(const Table& table);

Result<Parameters> ParametersFromJson(std::string_view json);
Result<std::vector<Column>> ColumnsFromJson(std::string_view json);
Result<StorageDescriptor> StorageFromJson(std::string_view json);
Result<PartitionValues> ValuesFromJson(std::string_view json);
Result<void> ReadDetails(std::string_view json, Table& table);
Result<std::string> ExtraFromDetails(std::string_view json);
Result<Table> TableFromJson(std::string_view json);

}  // namespace ticklake::catalog
