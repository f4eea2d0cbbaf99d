// GlueCatalog: a Catalog that is the AWS Glue Data Catalog, or a service that speaks its protocol.
//
// The compare-and-set of a table is UpdateTable with VersionId; it is sent once, and an answer that
// says neither yes nor no is kOutcomeUnknown. Batches of partitions go in Glue's own sizes, several
// at once. Threading: as Catalog; any number of hosts may share it. Does not: cache, look into
// other accounts' catalogs, or make a database's deletion atomic: a table that is made in the
// moment between the check that it is empty and its deletion goes with it.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "net/aws/aws_client.h"

namespace ticklake::catalog {

/// `client` outlives the catalog. kInvalid: no region is known. Sends nothing yet.
Result<std::unique_ptr<Catalog>> OpenGlueCatalog(net::AwsClient& client);

}  // namespace ticklake::catalog
