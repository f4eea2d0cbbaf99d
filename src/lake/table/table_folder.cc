#include "lake/table/table_folder.h"

namespace ticklake::lake {

Result<std::string> FolderKey(const store::ObjectStore& store, const std::string& location) {
  TL_ASSIGN(std::string key, store.KeyOf(location));
  while (key.ends_with('/')) key.pop_back();
  return key;
}

}  // namespace ticklake::lake
