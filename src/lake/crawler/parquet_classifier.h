// The Parquet classifier: the schema in the file's footer, no data is read.
//
// Threading: as the store. Exceptions of the library end here.
#pragma once

#include <expected>
#include <string_view>

#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// A file that begins with `head`, as Parquet does; where that is all of it, nothing more is read.
/// Trouble with the store is a Rejection too.
std::expected<Classified, Rejection> ClassifyParquet(store::ObjectStore& store,
                                                     const store::ObjectInfo& file,
                                                     std::string_view head);

/// The same of a footer's bytes alone (Thrift, as they stand before the length).
std::expected<Classified, Rejection> ClassifyFooter(std::string_view footer);

}  // namespace ticklake::lake::crawler
