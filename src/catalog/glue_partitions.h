// The partitions of tables in Glue: batches in the sizes that it takes. For glue_catalog.cc.
//
// Threading: from any number of threads, none of them the pool's.
#pragma once

#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "catalog/catalog.h"
#include "catalog/glue_client.h"

namespace ticklake::catalog {

class GluePartitions {
 public:
  /// Both outlive it.
  GluePartitions(GlueClient& glue, ThreadPool& pool) : glue_(glue), pool_(pool) {}

  // As Catalog's, of a table that the caller has just read.
  Result<std::vector<PartitionError>> Create(const Table& table,
                                             const std::vector<Partition>& partitions);
  Result<std::vector<PartitionError>> Update(const Table& table,
                                             const std::vector<PartitionUpdate>& updates);
  Result<std::vector<PartitionError>> Delete(const Table& table,
                                             const std::vector<PartitionValues>& values);
  Result<Partition> Get(const std::string& database, const std::string& table,
                        const PartitionValues& values);
  Result<PartitionPage> List(const std::string& database, const std::string& table,
                             const PageRequest& page);

 private:
  struct Batches;
  /// Sends `items` in batches, several at once; what Glue refused comes back.
  Result<std::vector<PartitionError>> Send(const Table& table, const Batches& batches);

  GlueClient& glue_;
  ThreadPool& pool_;
};

}  // namespace ticklake::catalog
