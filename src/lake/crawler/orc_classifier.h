// The ORC classifier: columns and rows from the file's tail, by Arrow's reader.
//
// Threading: as the store. Does not: read rows.
#pragma once

#include <expected>

#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

std::expected<Classified, Rejection> ClassifyOrc(store::ObjectStore& store,
                                                 const store::ObjectInfo& file);

}  // namespace ticklake::lake::crawler
