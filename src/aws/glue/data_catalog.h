// DataCatalog: the operations on databases, tables, partitions, and what is kept beside them.
//
// The rules are Glue's, the store is the catalog's. Threading: safe from any thread. Invariants: a
// table changes by compare-and-set on its version only, also for clients that name none; the lake's
// own tables keep the positions that the sink goes on from (iceberg_commit.h). Does not: delete
// files, or check who may do what (glue_service.h).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "aws/glue/iceberg_commit.h"
#include "aws/glue/iceberg_create.h"
#include "aws/glue/lake_uris.h"
#include "aws/glue/members.h"
#include "aws/glue/operation.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "store/object_store.h"
#include "store/store_set.h"

namespace ticklake::aws::glue {

struct DataCatalogOptions {
  catalog::Catalog* catalog = nullptr;  ///< outlives it
  store::ObjectStore* lake = nullptr;   ///< likewise
  std::string lake_uri = "";            ///< what the lake's root is called: "s3://ticklake/"
  store::StoreSet* files = nullptr;     ///< buckets in which tables may be made; likewise
  const Clock* clock = &SystemClock();  ///< likewise
};

class DataCatalog {
 public:
  explicit DataCatalog(const DataCatalogOptions& options);

  /// The handlers refer to it.
  std::vector<Operation> Operations();

  const LakeUris& uris() const { return uris_; }

 private:
  using Answer = AwsResult<boost::json::object>;
  using Method = Answer (DataCatalog::*)(const Call&);
  struct Row {
    std::string_view name;
    Access access;
    Method method;
  };
  static std::vector<Row> DatabaseRows();    // databases.cc
  static std::vector<Row> TableRows();       // tables.cc
  static std::vector<Row> VersionRows();     // table_versions.cc
  static std::vector<Row> PartitionRows();   // partitions.cc
  static std::vector<Row> StatisticsRows();  // statistics.cc
  static std::vector<Row> FunctionRows();    // functions.cc
  static std::vector<Row> FactRows();        // facts.cc

  Answer CreateDatabase(const Call& call);
  Answer GetDatabase(const Call& call);
  Answer GetDatabases(const Call& call);
  Answer UpdateDatabase(const Call& call);
  Answer DeleteDatabase(const Call& call);

  Answer CreateTable(const Call& call);
  Answer GetTable(const Call& call);
  Answer GetTables(const Call& call);
  Answer SearchTables(const Call& call);
  Answer UpdateTable(const Call& call);
  Answer DeleteTable(const Call& call);
  Answer BatchDeleteTable(const Call& call);

  Answer GetTableVersion(const Call& call);
  Answer GetTableVersions(const Call& call);
  Answer DeleteTableVersion(const Call& call);
  Answer BatchDeleteTableVersion(const Call& call);

  Answer CreatePartition(const Call& call);
  Answer BatchCreatePartition(const Call& call);
  Answer GetPartition(const Call& call);
  Answer BatchGetPartition(const Call& call);
  Answer GetPartitions(const Call& call);
  Answer UpdatePartition(const Call& call);
  Answer BatchUpdatePartition(const Call& call);
  Answer DeletePartition(const Call& call);
  Answer BatchDeletePartition(const Call& call);

  Answer GetColumnStatisticsForTable(const Call& call);
  Answer UpdateColumnStatisticsForTable(const Call& call);
  Answer DeleteColumnStatisticsForTable(const Call& call);
  Answer GetColumnStatisticsForPartition(const Call& call);
  Answer UpdateColumnStatisticsForPartition(const Call& call);
  Answer DeleteColumnStatisticsForPartition(const Call& call);

  Answer CreateUserDefinedFunction(const Call& call);
  Answer GetUserDefinedFunction(const Call& call);
  Answer GetUserDefinedFunctions(const Call& call);
  Answer UpdateUserDefinedFunction(const Call& call);
  Answer DeleteUserDefinedFunction(const Call& call);

  Answer TagResource(const Call& call);
  Answer UntagResource(const Call& call);
  Answer GetTags(const Call& call);
  Answer PutResourcePolicy(const Call& call);
  Answer GetResourcePolicy(const Call& call);
  Answer DeleteResourcePolicy(const Call& call);
  Answer CreatePartitionIndex(const Call& call);
  Answer GetPartitionIndexes(const Call& call);
  Answer DeletePartitionIndex(const Call& call);
  Answer GetCatalogImportStatus(const Call& call);
  Answer GetDataCatalogEncryptionSettings(const Call& call);
  Answer GetConnections(const Call& call);

  /// The table that DatabaseName and `key` name. EntityNotFoundException says which is missing.
  AwsResult<catalog::Table> TableOf(const Members& input, std::string_view key = "TableName");
  AwsResult<catalog::Table> FindTable(const std::string& database, const std::string& name);
  AwsResult<> DatabaseExists(const std::string& name);
  /// Every database that the caller may see.
  AwsResult<std::vector<catalog::Database>> VisibleDatabases(const Caller& caller);
  AwsResult<> DropTable(const std::string& database, const std::string& name);
  AwsResult<> SaveTable(const catalog::Table& stored, const catalog::Table& next, bool archive);
  AwsResult<> SavePartitionIndex(const catalog::Table& table, const Members& index);
  /// All versions that are kept, the oldest first; the last is the table itself.
  AwsResult<std::vector<catalog::Table>> VersionsOf(const catalog::Table& table);
  AwsResult<> DropVersion(const catalog::Table& table, const std::string& version);
  /// None where the catalog keeps no facts (AWS Glue's own, docs/remote-lake.md).
  AwsResult<std::vector<catalog::Fact>> FactsOf(const catalog::FactQuery& query);
  AwsResult<> ForgetPartitions(const catalog::Table& table,
                               const std::vector<catalog::PartitionValues>& values);
  AwsResult<catalog::FactKey> StatisticsKey(const Members& input, bool of_partition);
  Answer GetStatistics(const Call& call, bool of_partition);
  Answer UpdateStatistics(const Call& call, bool of_partition);
  Answer DeleteStatistics(const Call& call, bool of_partition);
  AwsResult<catalog::Parameters> TagsOf(const std::string& arn);
  AwsResult<> SaveTags(const std::string& arn, const catalog::Parameters& tags);

  catalog::Catalog& catalog_;
  const LakeUris uris_;
  IcebergCommits commits_;
  IcebergCreation creation_;
  std::mutex facts_;  // held while facts are read and then changed
};

/// A catalog's failure, as Glue tells it.
AwsError FromError(const Error& error);

template <class T>
AwsResult<T> Checked(Result<T> result) {
  if (!result) return std::unexpected(FromError(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

/// {"ErrorCode":…,"ErrorMessage":…}, of one item of a batch.
boost::json::object ErrorDetail(const AwsError& error);

}  // namespace ticklake::aws::glue
