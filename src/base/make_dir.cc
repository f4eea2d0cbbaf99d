#include "base/make_dir.h"

namespace ticklake {

Result<void> MakeDir(FileSystem& fs, const std::string& path) {
  if (auto* maker = dynamic_cast<DirMaker*>(&fs)) return maker->MakeDir(path);
  return fs.MakeDirs(path);
}

bool WasNotTried(const Error& error) { return error.code == Code::kUnavailable; }

}  // namespace ticklake
