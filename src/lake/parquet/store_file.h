// StoreFile: an object of a store as a file that Arrow's readers read.
//
// What a damaged file asks for is bounded by the object's size before memory is taken for it.
// Threading: one thread, as Arrow's readers are used here. Does not: cache, or write.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "store/object_store.h"

namespace ticklake::lake {

/// The object of that key and size; `store` outlives it.
std::shared_ptr<arrow::io::RandomAccessFile> OpenStoreFile(store::ObjectStore& store,
                                                           std::string key, uint64_t size);

}  // namespace ticklake::lake
