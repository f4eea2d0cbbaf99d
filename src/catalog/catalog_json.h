// The JSON of columns and parameters, as the catalog file holds them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {

std::string ToJson(const std::map<std::string, std::string>& parameters);
std::string ToJson(const std::vector<Column>& columns);
Result<std::map<std::string, std::string>> ParametersFromJson(std::string_view json);
Result<std::vector<Column>> ColumnsFromJson(std::string_view json);

}  // namespace ticklake::catalog
