// The shapes of Glue's Data Catalog, to and from the catalog's model.
//
// What the model has no place for is kept in `extra` as it came, and shown again. Nothing that is
// shown is null, nor an empty string. Threading: pure functions.
#pragma once

#include <boost/json/object.hpp>

#include "aws/glue/lake_uris.h"
#include "aws/glue/members.h"
#include "catalog/catalog.h"

namespace ticklake::aws::glue {

catalog::Database ReadDatabase(const Members& input, const LakeUris& uris);
boost::json::object Show(const catalog::Database& database, const LakeUris& uris);

catalog::Table ReadTable(const Members& input, const LakeUris& uris);
boost::json::object Show(const catalog::Table& table, const LakeUris& uris);

catalog::Partition ReadPartition(const Members& input, const LakeUris& uris);
/// with_columns: false leaves the storage descriptor's columns out.
boost::json::object Show(const catalog::Table& table, const catalog::Partition& partition,
                         const LakeUris& uris, bool with_columns = true);

/// A time as JSON 1.1 has it: seconds since 1970, with milliseconds.
double Seconds(Nanos time);

/// The object in an `extra`; empty if there is none.
boost::json::object ParseExtra(const std::string& extra);

}  // namespace ticklake::aws::glue
