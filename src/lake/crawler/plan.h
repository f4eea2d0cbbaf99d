// CrawlPlan: what a crawl would change in the catalog, and why; and the change itself.
//
// Made from the tables that were found and what the catalog holds; applied table by table, each
// under its compare-and-set. A crawl changes only tables that a crawl made (parameter
// UPDATED_BY_CRAWLER). What becomes of changed and gone ones is AWS's SchemaChangePolicy
// (https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html).
// Threading: a plan is a plain value; Apply as the catalog. Invariants: applying a plan twice
// changes nothing the second time; killed in the middle, it leaves whole tables, some perhaps
// without their last partitions, which the next crawl adds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "lake/crawler/grouping.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

inline constexpr char kUpdatedByCrawler[] = "UPDATED_BY_CRAWLER";

inline constexpr char kDeprecatedByCrawler[] = "DEPRECATED_BY_CRAWLER";

/// Of tables that are there already. New tables and partitions are always made.
enum class UpdateBehavior {
  kUpdate,
  kLog,              ///< told, and left as it is
  kMergeNewColumns,  ///< new columns are added, and nothing else is changed
};

/// Of tables and partitions of this crawler whose files are gone.
enum class DeleteBehavior { kLog, kDelete, kDeprecate };

struct PlanOptions {
  std::string database;
  std::string crawler = "ticklake";  ///< the value of UPDATED_BY_CRAWLER
  std::string prefix;                ///< of table names
  UpdateBehavior update = UpdateBehavior::kUpdate;
  DeleteBehavior gone = DeleteBehavior::kLog;
  /// Partitions have the columns of their table, whatever their files have.
  bool partitions_inherit = false;
  /// Only folders that are new were looked at: nothing is known of the others.
  bool new_folders_only = false;
  /// Set: this table of the database is what is crawled, whoever made it, and no other is made.
  std::string only_table;
  Nanos now = 0;  ///< for kDeprecatedByCrawler
};

enum class Action {
  kCreate,
  kUpdate,
  kKeep,   ///< it is all there already
  kLeave,  ///< `problem` says why it is not touched
};

/// "create", "update", "unchanged", "left alone".
std::string_view NameOf(Action action);

struct TablePlan {
  Action action = Action::kCreate;
  std::string problem;  ///< kLeave; after Apply also what failed
  catalog::Table entry;
  std::vector<catalog::Partition> added;
  std::vector<catalog::PartitionUpdate> changed;
  std::vector<catalog::PartitionValues> replaced;  ///< of other partition keys: deleted
  std::vector<catalog::PartitionValues> gone;      ///< no longer found; see CrawlPlan::behavior
  bool entry_changes = true;                       ///< of kUpdate: not only partitions
  uint64_t unchanged_partitions = 0;
  std::vector<std::string> changes;    ///< of an update, for people: "column c: bigint, was int"
  std::vector<std::string> only_told;  ///< what UpdateBehavior::kLog keeps from being changed
  std::string name_why;                ///< "" where the name is simply the folder's
  FoundTable found;
};

struct CrawlPlan {
  std::string root;  ///< URI
  std::string database;
  bool new_database = false;
  std::vector<TablePlan> tables;  ///< by location
  std::vector<std::string> gone;  ///< tables of earlier crawls below root that were not found
  DeleteBehavior behavior = DeleteBehavior::kLog;  ///< for what is gone
  std::vector<catalog::Table> doomed;              ///< of those, the ones that it is applied to
  std::vector<LeftOut> left_out;
  uint64_t folders = 0;
  uint64_t files = 0;
};

/// Compares what was found below `root` (a key) with the catalog. `tree` and `found` are used up.
Result<CrawlPlan> MakePlan(store::ObjectStore& store, catalog::Catalog& catalog,
                           const PlanOptions& options, Tree tree, std::vector<FoundTable> found);

/// Makes the changes. A table that fails keeps its `problem` and turns kLeave; the others go on.
/// The error, kOutcomeUnknown among them, is of the catalog as a whole.
Result<void> Apply(catalog::Catalog& catalog, CrawlPlan& plan);

}  // namespace ticklake::lake::crawler
