// The folder that a table lies in, as a key of its store.
#pragma once

#include <string>

#include "base/result.h"
#include "store/object_store.h"

namespace ticklake::lake {

/// The key of what a table's location names, without a final '/'. kInvalid: outside of the store.
Result<std::string> FolderKey(const store::ObjectStore& store, const std::string& location);

}  // namespace ticklake::lake
