// CrawlPlan: what a crawl would change in the catalog, and why; and the change itself.
//
// Made from the tables that were found and what the catalog holds; applied table by table, each
// under its compare-and-set. A crawl changes only tables that a crawl made (parameter
// UPDATED_BY_CRAWLER); what is gone is told and stays (AWS's delete behaviour LOG).
// Threading: a plan is a plain value; Apply as the catalog. Invariants: applying a plan twice
// changes nothing the second time; killed in the middle, it leaves whole tables, some perhaps
// without their last partitions, which the next crawl adds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/crawler/grouping.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

inline constexpr char kUpdatedByCrawler[] = "UPDATED_BY_CRAWLER";

struct PlanOptions {
  std::string database;
  std::string crawler = "ticklake";  ///< the value of UPDATED_BY_CRAWLER
  std::string prefix;                ///< of table names
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
  std::vector<catalog::PartitionValues> gone;      ///< no longer found; they stay
  uint64_t unchanged_partitions = 0;
  std::vector<std::string> changes;  ///< of an update, for people: "column c: bigint, was int"
  std::string name_why;              ///< "" where the name is simply the folder's
  FoundTable found;
};

struct CrawlPlan {
  std::string root;  ///< URI
  std::string database;
  bool new_database = false;
  std::vector<TablePlan> tables;  ///< by location
  std::vector<std::string> gone;  ///< tables of earlier crawls below root that were not found
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
