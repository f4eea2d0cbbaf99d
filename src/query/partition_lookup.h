// PartitionLookup: a SQL function that tells the partition values of a file by its name.
//
// Hive tables keep partition values in the catalog, not in the rows: a view computes them from
// the name of the file that a row is from. As the function is pure, DuckDB evaluates a filter on
// it once a file, before it opens any, and reads only the files that remain.
// Threading: safe from any thread. Does not: list files.
#pragma once

#include <memory>
#include <string>

#include "lake/hive/view.h"
#include "query/duck.h"
#include "query/handle_table.h"

namespace ticklake::query {

class PartitionLookup {
 public:
  struct Files;  ///< paths with their partitions

  /// Adds the function to DuckDB. The lookup outlives the instance.
  static Result<std::unique_ptr<PartitionLookup>> Register(Connection& connection);
  ~PartitionLookup();

  /// One table's files; dropped when destroyed.
  class Registration {
   public:
    explicit Registration(HandleTable<Files>::Handle handle) : handle_(std::move(handle)) {}
    /// An expression: the value of that key for the file that `file`, an expression, names.
    std::string Call(size_t key, const std::string& file) const;

   private:
    HandleTable<Files>::Handle handle_;
  };
  Result<Registration> Add(const lake::hive::HiveView& view);

 private:
  friend struct LookupCallback;
  PartitionLookup();

  HandleTable<Files> tables_;
};

}  // namespace ticklake::query
