// ExternalTables: tables whose files lie outside the lake, beside those of another TableSource.
//
// A table whose catalog entry is a Hive table's, or that of an Iceberg table with its metadata
// elsewhere, is served from its own files; everything else is asked of the inner source. Files
// are listed when a query asks: what was added to a location or partition since is seen. Files of
// buckets are given as the local files that hold them.
// Threading: safe from any thread. Invariants: a file of a partitioned table belongs to one
// partition. Does not: write, or look at what no catalog entry names.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/sink/view.h"
#include "lake/table/table.h"
#include "store/object_store.h"
#include "store/store_set.h"

namespace ticklake::lake {

/// All of it must outlive the source.
struct ExternalParts {
  TableSource* inner = nullptr;
  catalog::Catalog* catalog = nullptr;
  store::StoreSet* files = nullptr;  ///< where locations lead
  const Clock* clock = nullptr;
  store::ObjectStore* lake = nullptr;  ///< what the inner source reads
};

class ExternalTables : public TableSource {
 public:
  explicit ExternalTables(const ExternalParts& parts) : parts_(parts) {}

  Result<std::vector<std::string>> Databases() override { return parts_.inner->Databases(); }
  Result<std::vector<std::string>> Tables(const std::string& database) override {
    return parts_.inner->Tables(database);
  }
  Result<TableView> View(const std::string& database, const std::string& table,
                         const Patience& patience) override;

 private:
  TableStore& TablesIn(store::ObjectStore& store);
  Result<TableView> ViewInner(const std::string& database, const std::string& table,
                              const Patience& patience);
  Result<TableView> ViewIceberg(const catalog::Table& entry, const std::string& metadata);
  Result<TableView> ViewHive(const catalog::Table& entry);

  const ExternalParts parts_;
  std::mutex mutex_;
  std::map<store::ObjectStore*, std::unique_ptr<TableStore>> iceberg_;
};

}  // namespace ticklake::lake
