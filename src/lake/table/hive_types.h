// A schema's columns in Hive's spelling, as Glue lists those of an Iceberg table.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/iceberg/schema.h"

namespace ticklake::lake {

/// "bigint", "struct<a:string>", "array<double>"; what Hive lacks (time, uuid) is "string".
std::string HiveType(const iceberg::Type& type);

/// With the parameters by which Iceberg's writers name a column's field: iceberg.field.id …
std::vector<catalog::Column> HiveColumns(const iceberg::Schema& schema);

}  // namespace ticklake::lake
