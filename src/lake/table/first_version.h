// FirstVersion: a table's first metadata file, before any snapshot, and its entry in the catalog.
//
// Threading: functions without state. Errors of schemas that make no sense are kInvalid. Does not:
// change the catalog.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "lake/iceberg/metadata.h"
#include "lake/table/object_writer.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// The parameter of a catalog's entry that tells what it is, and its value for Iceberg tables.
inline constexpr char kTableType[] = "table_type";
inline constexpr char kIceberg[] = "ICEBERG";

/// Of a table whose field ids are set. location: a URI without a final '/'.
iceberg::TableMetadata FirstMetadata(const NewTable& table, const std::string& location);

/// Makes `entry` the record of a table whose newest metadata file is `metadata_location`.
void PointTo(catalog::Table& entry, const std::string& metadata_location,
             const iceberg::TableMetadata& metadata);

/// The columns with field ids from 1 on, all optional. kInvalid, kUnsupported: a type, named with
/// its column, that Iceberg does not have (tinyint, smallint) or that is none.
Result<iceberg::Schema> SchemaOfHive(const std::vector<catalog::Column>& columns);

/// Puts the first metadata file below metadata.location by `objects`, which can take it back, and
/// points `entry` to it. kInvalid: the metadata contradicts itself.
Result<void> PutFirstVersion(const iceberg::TableMetadata& metadata, ObjectWriter& objects,
                             catalog::Table& entry);

}  // namespace ticklake::lake
