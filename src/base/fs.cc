#include "base/fs.h"

namespace ticklake {

Result<std::string> File::ReadExact(uint64_t offset, size_t size) {
  std::string data(size, '\0');
  TL_ASSIGN(const size_t got, ReadAt(offset, data.data(), size));
  if (got != size) {
    return Fail(Code::kCorrupt, "file ends at byte {}, but {} bytes were expected at {}",
                offset + got, size, offset);
  }
  return data;
}

Result<Nanos> FileSystem::ModifiedAt(const std::string& path) {
  return Fail(Code::kUnsupported, "{}: when it was changed is not known here", path);
}

Result<std::string> FileSystem::ReadFile(const std::string& path) {
  TL_ASSIGN(const auto file, Open(path, OpenMode::kRead));
  TL_ASSIGN(const uint64_t size, file->Size());
  auto data = file->ReadExact(0, size);
  if (!data) return Fail(data.error().Within(path));
  return data;
}

Result<void> FileSystem::WriteFileAtomically(const std::string& path, std::string_view data) {
  const std::string temporary = path + ".tmp";
  {
    TL_ASSIGN(const auto file, Open(temporary, OpenMode::kTruncate));
    TL_TRY(file->Append(data));
    TL_TRY(file->Sync());
  }
  TL_TRY(Rename(temporary, path));
  return SyncDir(ParentPath(path));
}

std::string JoinPath(std::string_view a, std::string_view b) {
  if (a.empty() || b.starts_with('/')) return std::string(b);
  if (b.empty()) return std::string(a);
  std::string path(a);
  if (!path.ends_with('/')) path.push_back('/');
  return path.append(b);
}

std::string ParentPath(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  if (slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

}  // namespace ticklake
