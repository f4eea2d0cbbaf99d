#include "base/dir_entries.h"

namespace ticklake {

Result<std::vector<DirEntry>> ListEntries(FileSystem& fs, const std::string& path) {
  if (auto* lister = dynamic_cast<EntryLister*>(&fs)) return lister->ListEntries(path);
  // A file system of files and directories only.
  TL_ASSIGN(std::vector<std::string> names, fs.List(path));
  std::vector<DirEntry> entries;
  for (std::string& name : names) {
    const std::string at = JoinPath(path, name);
    TL_ASSIGN(const bool directory, fs.IsDirectory(at));
    if (directory) {
      entries.push_back({std::move(name), EntryKind::kDirectory});
      continue;
    }
    const auto file = fs.Open(at, OpenMode::kRead);
    if (!file && file.error().code == Code::kNotFound) continue;
    if (!file) return Fail(file.error());
    TL_ASSIGN(const uint64_t size, (*file)->Size());
    entries.push_back({std::move(name), EntryKind::kFile, size});
  }
  return entries;
}

}  // namespace ticklake
