// A found table as Glue's catalog has it: the entry, its partitions, and the parameters that
// AWS's crawlers write.
//
// Threading: pure functions. Does not: look at what the catalog holds.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/crawler/grouping.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// Sets in `entry` all that a crawl knows; everything else of an earlier entry stays.
void FillEntry(const FoundTable& table, const store::ObjectStore& store, const std::string& crawler,
               catalog::Table& entry);

/// One for each folder with files, in the order of the parts. What they leave empty is the
/// table's; columns are set only where they differ from it.
std::vector<catalog::Partition> PartitionsOf(const FoundTable& table,
                                             const store::ObjectStore& store);

}  // namespace ticklake::lake::crawler
