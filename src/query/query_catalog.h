// QueryCatalog: the tables of one query, as DuckDB sees them.
//
// An in-memory database attached under a name of its own, with a schema for each database and
// a view for each table the query names; the connection's search path starts there. Nothing of
// it is in another connection's path, and it goes with the object.
// Threading: one thread. Does not: check SQL or fetch views.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "lake/sink/view.h"
#include "query/duck.h"
#include "query/instance.h"

namespace ticklake::query {

class QueryCatalog {
 public:
  /// `id` is unused by any other query on the instance. Both outlive the object.
  QueryCatalog(Connection& connection, Instance& instance, uint64_t id);
  ~QueryCatalog();
  QueryCatalog(const QueryCatalog&) = delete;
  QueryCatalog& operator=(const QueryCatalog&) = delete;

  /// Attaches the database and enters its default schema.
  Result<void> Open();
  Result<void> AddTable(const lake::TableView& view);

 private:
  Result<void> Leave();
  Result<void> AddSchema(const std::string& database);
  Result<std::string> LakeView(const lake::TableView& view);
  Result<std::string> HiveTableView(const lake::TableView& view);

  Connection& connection_;
  Instance& instance_;
  const std::string name_;
  std::set<std::string> schemas_;
  std::vector<TailScan::Registration> tails_;
  std::vector<PartitionLookup::Registration> partitions_;
  bool attached_ = false;
};

}  // namespace ticklake::query
