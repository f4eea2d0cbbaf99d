// AWS Glue's JSON of databases, tables and partitions, as its API has them.
//
// Members that are empty are left out: Glue refuses some of them, and clients echo what they read.
// Threading: pure functions. Not the catalog file's own JSON: catalog_json.h.
#pragma once

#include <boost/json.hpp>

#include "base/result.h"
#include "catalog/catalog.h"

namespace ticklake::catalog {

/// The …Input that Create and Update take.
boost::json::object DatabaseInput(const Database& database);
boost::json::object TableInput(const Table& table);
boost::json::object PartitionInput(const Partition& partition);

/// The VersionId of the table as it was read.
std::string GlueVersion(const Table& table);

/// Of the answers to Get. A member that is missing, or of another type, has its default.
Database DatabaseFromGlue(const boost::json::object& json);
Table TableFromGlue(const boost::json::object& json);
Partition PartitionFromGlue(const boost::json::object& json);

}  // namespace ticklake::catalog
