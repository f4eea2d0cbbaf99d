// Which files of the lake other writers than the sink may make and remove.
//
// Threading: pure functions over a Catalog.
#pragma once

#include <string>

#include "base/result.h"
#include "catalog/catalog.h"
#include "lake/table/table.h"

namespace ticklake::lake {

/// Fine for "DATABASE/FOLDER/data/…" and "DATABASE/FOLDER/metadata/…" of a database that the
/// catalog has: of a table there, or of one that is about to be made (engines choose the folder's
/// name, and write its first files before they tell the catalog). kAuth, with the reason, for
/// anything else.
Result<void> CheckNewTableFile(catalog::Catalog& catalog, const std::string& key);

/// Fine for what an engine takes back or clears away. kAuth, with the reason, for anything else.
/// - Where a table lies: what no version of it needs of the files that were `taken` from another
///   writer (of a commit that lost its race), and of the metadata files that came before the
///   current one (writers remove what the table's log of them does not name any more).
/// - Where none lies: the same, and any file in a folder with the mark that engines put into names
///   of their own making ("-"), which no table of a topic has: of a table that was dropped.
Result<void> CheckDeletion(TableStore& tables, const std::string& key, bool taken);

}  // namespace ticklake::lake
