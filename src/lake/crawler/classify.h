// Classifying one file: by its first bytes, then by the classifier that is surest.
//
// Threading: as the store; many files at once.
#pragma once

#include <expected>

#include "lake/crawler/reading.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// Never throws, whatever the file holds.
std::expected<Classified, Rejection> ClassifyFile(store::ObjectStore& store,
                                                  const store::ObjectInfo& file);

/// The same for the stored beginning of a file of `size` bytes that is no Parquet.
std::expected<Classified, Rejection> ClassifyText(std::string_view stored, uint64_t size);

}  // namespace ticklake::lake::crawler
