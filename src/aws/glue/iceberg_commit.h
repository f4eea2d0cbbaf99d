// IcebergCommits: what an update of an Iceberg table has to keep, whoever makes it.
//
// A commit through Glue is the same compare-and-set that our sink makes (docs/commit-protocol.md).
// Where the client names no version, the table must still have the metadata file that the client
// says it began with. A table of a topic must go on to state its positions, or the sink could not
// tell what it has written: a commit that loses them is refused. Threading: safe from any thread.
// Does not: look into tables that lie outside of the lake, or write.
#pragma once

#include <memory>

#include "aws/aws_error.h"
#include "catalog/catalog.h"
#include "lake/table/table_cache.h"
#include "store/object_store.h"

namespace ticklake::aws::glue {

class IcebergCommits {
 public:
  /// nullptr: no table lies in the lake. The store outlives it.
  explicit IcebergCommits(store::ObjectStore* lake);

  /// A new Iceberg table in the lake names a metadata file that is there.
  AwsResult<> CheckNew(const catalog::Table& table);
  /// From `stored` to `next`. with_version: the client named the version that it changes. Takes
  /// what only metadata files state out of next's parameters. ConcurrentModificationException,
  /// InvalidInputException.
  AwsResult<> CheckUpdate(const catalog::Table& stored, catalog::Table& next, bool with_version);

 private:
  using Metadata = std::shared_ptr<const lake::iceberg::TableMetadata>;

  bool InLake(const catalog::Table& table) const;
  AwsResult<Metadata> Load(const catalog::Table& table);

  store::ObjectStore* lake_;
  std::unique_ptr<lake::TableCache> cache_;
};

}  // namespace ticklake::aws::glue
