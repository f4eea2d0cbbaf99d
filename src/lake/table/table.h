// LakeTable: one version of an Iceberg table, and the compare-and-set that makes the next.
//
// Sits on lake/iceberg (format), store (objects) and catalog (the pointer to the newest
// metadata file). Threading: a TableState is an immutable value; TableStore is safe from any
// thread. Invariants: a commit is one catalog swap: files, summary, properties and schema
// become visible together or not at all. Objects a commit refers to are durable before the
// swap. Does not: decide what to commit, retry, or know what a topic is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/jump_watch.h"
#include "catalog/catalog.h"
#include "lake/iceberg/data_file.h"
#include "lake/iceberg/metadata.h"
#include "lake/iceberg/schema.h"
#include "store/object_store.h"

namespace ticklake::lake {

class LateDeletion;
class ObjectWriter;
class TableCache;

/// One loaded version of a table.
struct TableState {
  catalog::Table entry;  ///< the catalog's record, with its version
  std::shared_ptr<const iceberg::TableMetadata> metadata;
};

struct NewTable {
  std::string database;
  std::string name;
  iceberg::Schema schema;
  iceberg::PartitionSpec partition;  ///< no fields: unpartitioned
  iceberg::SortOrder sort;           ///< no fields: unsorted
  std::map<std::string, std::string> properties;
};

/// What one commit changes. All parts are optional; without files it still makes a snapshot
/// if `summary` is not empty (a range may hold no rows).
struct TableChange {
  std::vector<iceberg::DataFile> added;
  std::vector<std::string> removed_paths;  ///< a rewrite: every path must be live, else kConflict
  std::map<std::string, std::string> summary;         ///< into the snapshot's summary
  std::map<std::string, std::string> set_properties;  ///< into the table's properties
  std::optional<iceberg::Schema> schema;              ///< the new current schema
};

class TableStore {
 public:
  /// All three must outlive it.
  TableStore(catalog::Catalog& catalog, store::ObjectStore& store, const Clock& clock);
  ~TableStore();

  /// kAlreadyExists if another process was first; then Load it.
  Result<TableState> Create(const NewTable& table);
  /// kNotFound if missing; kUnsupported if it is no Iceberg v2 table we can read correctly, or
  /// lies outside of the store.
  Result<TableState> Load(const std::string& database, const std::string& name);
  /// Live data files of the current snapshot. kUnsupported when delete files are present.
  Result<std::vector<iceberg::DataFile>> LiveFiles(const TableState& state);

  /// Keys of all objects that this version needs, its older snapshots and metadata files included.
  Result<std::set<std::string>> ReachableKeys(const TableState& state);

  /// Makes the next version from exactly `base`. Outcomes: the new state; kConflict
  /// (rejected: someone else committed first, nothing visible changed); kOutcomeUnknown
  /// (re-Load and look for `summary`). Never retries.
  /// Each commit also expires snapshots (keeps `history.expire.min-snapshots-to-keep`, 100),
  /// drops metadata files beyond `write.metadata.previous-versions-max`, and merges manifests.
  /// Data files that this leaves unneeded are deleted ten minutes later, for queries that began
  /// before.
  Result<TableState> Commit(const TableState& base, const TableChange& change);

  store::ObjectStore& store() { return store_; }
  catalog::Catalog& catalog() { return catalog_; }

 private:
  /// The next version in memory and in the store, all but the swap.
  struct Prepared;
  Result<Prepared> Prepare(const TableState& base, const TableChange& change,
                           ObjectWriter& objects);
  Error WhyNotPrepared(const TableState& base, const Error& error);
  void CleanUp(const Prepared& prepared);

  catalog::Catalog& catalog_;
  store::ObjectStore& store_;
  const Clock& clock_;
  JumpWatch wall_;
  const std::unique_ptr<TableCache> cache_;
  const std::unique_ptr<LateDeletion> late_;
};

}  // namespace ticklake::lake
