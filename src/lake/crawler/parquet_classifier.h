// The Parquet classifier: the schema in the file's footer, no data is read.
//
// Threading: as the store. Exceptions of the library end here.
#pragma once

#include <expected>

#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// A file that begins as Parquet does. Trouble with the store is a Rejection too.
std::expected<Classified, Rejection> ClassifyParquet(store::ObjectStore& store,
                                                     const store::ObjectInfo& file);

/// The same of a footer's bytes alone (Thrift, as they stand before the length).
std::expected<Classified, Rejection> ClassifyFooter(std::string_view footer);

}  // namespace ticklake::lake::crawler
