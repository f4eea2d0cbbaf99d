// ExternalTables: tables whose files lie outside the lake, beside those of another TableSource.
//
// A table whose catalog entry is a Hive table's, or that of an Iceberg table with its metadata
// elsewhere, is served from its own files; everything else is asked of the inner source. Files
// are listed when a query asks: what was added to a location or partition since is seen.
// Threading: safe from any thread. Invariants: a file of a partitioned table belongs to one
// partition. Does not: write, or look at what no catalog entry names.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/sink/view.h"
#include "lake/table/table.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// All of it must outlive the source.
struct ExternalParts {
  TableSource* inner = nullptr;
  catalog::Catalog* catalog = nullptr;
  store::ObjectStore* files = nullptr;  ///< that locations are in: on one machine, the root "/"
  const Clock* clock = nullptr;
  std::string lake_uri;  ///< what the inner source reads; ends with '/'
};

class ExternalTables : public TableSource {
 public:
  explicit ExternalTables(const ExternalParts& parts)
      : parts_(parts), iceberg_(*parts.catalog, *parts.files, *parts.clock) {}

  Result<std::vector<std::string>> Databases() override { return parts_.inner->Databases(); }
  Result<std::vector<std::string>> Tables(const std::string& database) override {
    return parts_.inner->Tables(database);
  }
  Result<TableView> View(const std::string& database, const std::string& table,
                         const Patience& patience) override;

 private:
  Result<TableView> ViewIceberg(const catalog::Table& entry);
  Result<TableView> ViewHive(const catalog::Table& entry);

  const ExternalParts parts_;
  TableStore iceberg_;
};

}  // namespace ticklake::lake
