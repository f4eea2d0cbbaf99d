#include "base/private_file.h"

namespace ticklake {

Result<std::unique_ptr<File>> CreatePrivate(FileSystem& fs, const std::string& path) {
  if (auto* files = dynamic_cast<PrivateFiles*>(&fs)) return files->CreatePrivate(path);
  return fs.Open(path, OpenMode::kCreateNew);
}

}  // namespace ticklake
