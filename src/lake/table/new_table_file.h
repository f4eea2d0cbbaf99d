// Which keys of the lake other writers may make files under.
//
// Threading: pure functions over a Catalog.
#pragma once

#include <string>

#include "base/result.h"
#include "catalog/catalog.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// Fine for "DATABASE/TABLE/data/…" and "DATABASE/TABLE/metadata/…" of an Iceberg table that the
/// catalog has at that place; kAuth, with the reason, for anything else.
Result<void> CheckNewTableFile(catalog::Catalog& catalog, const store::ObjectStore& store,
                               const std::string& key);

}  // namespace ticklake::lake
