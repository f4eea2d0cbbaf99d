// Which files of the lake other writers than the sink may make and remove.
//
// Threading: pure functions over a Catalog.
#pragma once

#include <string>

#include "base/result.h"
#include "catalog/catalog.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// Fine for "DATABASE/FOLDER/data/…" and "DATABASE/FOLDER/metadata/…" of a database that the
/// catalog has: of a table there, or of one that is about to be made (engines choose the folder's
/// name, and write its first files before they tell the catalog). kAuth, with the reason, for
/// anything else.
Result<void> CheckNewTableFile(catalog::Catalog& catalog, const std::string& key);

/// Fine for a file of a table that an engine made and dropped: in a folder with the mark that
/// engines put into names of their own making ("-"), which no table of a topic has, and at which no
/// table of the catalog lies. kAuth, with the reason, for anything else.
Result<void> CheckDroppedTableFile(catalog::Catalog& catalog, const store::ObjectStore& store,
                                   const std::string& key);

}  // namespace ticklake::lake
