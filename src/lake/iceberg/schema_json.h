// Schemas, partition specs and sort orders as JSON objects (spec, "Appendix C").
//
// Between this room's parsers and writers only: others use metadata.h.
#pragma once

#include <boost/json.hpp>

#include "lake/iceberg/json_reader.h"
#include "lake/iceberg/schema.h"
#include "lake/iceberg/transform.h"

namespace ticklake::lake::iceberg {

boost::json::object SchemaToJson(const Schema& schema);
boost::json::array PartitionFieldsToJson(const PartitionSpec& spec);
boost::json::object SortOrderToJson(const SortOrder& order);

/// Mistakes go to the reader. A type this version does not know is kUnsupported.
Result<Schema> SchemaFromJson(JsonReader& reader, const boost::json::object& object);
PartitionSpec SpecFromJson(JsonReader& reader, const boost::json::object& object);
SortOrder SortOrderFromJson(JsonReader& reader, const boost::json::object& object);

}  // namespace ticklake::lake::iceberg
