// The directory store: one file an object.
//
// An object is written to a temporary file beside its place, synced, and then renamed (Put) or
// linked (PutIfAbsent) to its name, so that it is there whole or not at all; syncing the
// directory makes it durable. A crash may leave a temporary file behind: List hides them.

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <vector>

#include "base/uuid.h"
#include "store/object_store.h"

namespace ticklake::store {
namespace {

constexpr std::string_view kTemporaryPrefix = ".tmp-";

Result<void> CheckKey(std::string_view key) {
  if (key.empty() || key.front() == '/' || key.find('\0') != std::string_view::npos) {
    return Fail(Code::kInvalid, "object key '{}': must be a relative path", key);
  }
  for (size_t start = 0; start <= key.size();) {
    const size_t slash = std::min(key.find('/', start), key.size());
    const std::string_view part = key.substr(start, slash - start);
    if (part.empty() || part == "." || part == ".." || part.starts_with(kTemporaryPrefix)) {
      return Fail(Code::kInvalid, "object key '{}': '{}' is no name of its own", key, part);
    }
    start = slash + 1;
  }
  return {};
}

class DirectoryStore : public ObjectStore {
 public:
  DirectoryStore(FileSystem& fs, std::string root)
      : fs_(fs), root_(std::move(root)), uri_("file://" + root_) {}

  const std::string& RootUri() const override { return uri_; }

  Result<void> Put(const std::string& key, std::string_view data) override {
    return Write(key, data, [this](const std::string& from, const std::string& to) {
      return fs_.Rename(from, to);
    });
  }

  Result<void> PutIfAbsent(const std::string& key, std::string_view data) override {
    return Write(key, data, [this](const std::string& from, const std::string& to) {
      auto linked = fs_.Link(from, to);
      (void)fs_.Remove(from);  // left behind, it is only hidden waste
      return linked;
    });
  }

  Result<std::string> Get(const std::string& key) override {
    TL_TRY(CheckKey(key));
    return fs_.ReadFile(root_ + key);
  }

  Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) override {
    TL_TRY(CheckKey(key));
    TL_ASSIGN(auto file, fs_.Open(root_ + key, OpenMode::kRead));
    TL_ASSIGN(const uint64_t end, file->Size());
    if (offset >= end) return std::string();
    return file->ReadExact(offset, std::min<uint64_t>(size, end - offset));
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TL_TRY(CheckKey(key));
    const std::string path = root_ + key;
    TL_ASSIGN(const bool directory, fs_.IsDirectory(path));
    if (directory) return Fail(Code::kNotFound, "object '{}': not in {}", key, uri_);
    TL_ASSIGN(auto file, fs_.Open(path, OpenMode::kRead));
    TL_ASSIGN(const uint64_t size, file->Size());
    return ObjectInfo{key, size};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    const size_t slash = prefix.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
    if (!folder.empty()) TL_TRY(CheckKey(folder.substr(0, folder.size() - 1)));
    TL_TRY(ListFolder(folder, prefix, found));
    std::ranges::sort(found, {}, &ObjectInfo::key);
    return found;
  }

  Result<void> Delete(const std::string& key) override {
    TL_TRY(CheckKey(key));
    auto removed = fs_.Remove(root_ + key);
    if (!removed && removed.error().code != Code::kNotFound) return removed;
    return {};
  }

 private:
  template <class Publish>
  Result<void> Write(const std::string& key, std::string_view data, Publish publish) {
    TL_TRY(CheckKey(key));
    const std::string path = root_ + key;
    const std::string folder = ParentPath(path);
    TL_TRY(MakeDurableFolder(folder));
    const std::string temporary =
        JoinPath(folder, std::string(kTemporaryPrefix) + Uuid::Random().ToString());
    auto written = WriteTemporary(temporary, data);
    if (written) written = publish(temporary, path);
    if (!written) {
      (void)fs_.Remove(temporary);
      return written;
    }
    return fs_.SyncDir(folder);
  }

  Result<void> WriteTemporary(const std::string& path, std::string_view data) {
    TL_ASSIGN(auto file, fs_.Open(path, OpenMode::kCreateNew));
    TL_TRY(file->Append(data));
    return file->Sync();
  }

  // Makes a folder and its parents down from the root, and their names durable. A folder that
  // another writer just made may not be durable yet, so the first use syncs it whoever made it.
  Result<void> MakeDurableFolder(const std::string& folder) {
    {
      std::lock_guard lock(mutex_);
      if (durable_folders_.contains(folder)) {
        TL_ASSIGN(const bool exists, fs_.Exists(folder));  // someone may have tidied up
        if (exists) return {};
      }
    }
    TL_TRY(fs_.MakeDirs(folder));
    for (std::string at = folder; at.size() > root_.size(); at = ParentPath(at)) {
      TL_TRY(fs_.SyncDir(ParentPath(at)));
    }
    std::lock_guard lock(mutex_);
    durable_folders_.insert(folder);
    return {};
  }

  // folder: a key prefix that is "" or ends with '/'.
  Result<void> ListFolder(const std::string& folder, const std::string& prefix,
                          std::vector<ObjectInfo>& found) {
    auto names = fs_.List(root_ + folder);
    if (!names) {
      if (names.error().code == Code::kNotFound) return {};
      return Fail(names.error());
    }
    for (const std::string& name : *names) {
      if (name.starts_with(kTemporaryPrefix)) continue;
      const std::string key = folder + name;
      const bool below = key.starts_with(prefix);
      if (!below && !prefix.starts_with(key + "/")) continue;
      TL_ASSIGN(const bool directory, fs_.IsDirectory(root_ + key));
      if (directory) {
        TL_TRY(ListFolder(key + "/", prefix, found));
        continue;
      }
      auto info = Head(key);
      if (!info && info.error().code == Code::kNotFound) continue;  // deleted meanwhile
      if (!info) return Fail(info.error());
      found.push_back(std::move(*info));
    }
    return {};
  }

  FileSystem& fs_;
  const std::string root_;  // absolute, ends with '/'
  const std::string uri_;
  std::mutex mutex_;
  std::set<std::string> durable_folders_;
};

// Makes a folder with its parents; what had to be made is durable.
Result<void> MakeRoot(FileSystem& fs, const std::string& root) {
  std::vector<std::string> changed;
  for (std::string at = root; at.size() > 1; at = ParentPath(at)) {
    TL_ASSIGN(const bool exists, fs.Exists(at));
    if (exists) break;
    changed.push_back(ParentPath(at));
  }
  TL_TRY(fs.MakeDirs(root));
  for (const std::string& folder : changed) TL_TRY(fs.SyncDir(folder));
  return {};
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenDirectoryStore(FileSystem& fs,
                                                        const std::string& directory) {
  std::error_code error;
  std::string root = std::filesystem::absolute(directory, error).lexically_normal().string();
  if (error || directory.empty()) {
    return Fail(Code::kInvalid, "store directory '{}': cannot be made absolute", directory);
  }
  if (root.back() != '/') root += '/';
  if (root.size() > 1) TL_TRY(MakeRoot(fs, root.substr(0, root.size() - 1)));
  return std::make_unique<DirectoryStore>(fs, std::move(root));
}

}  // namespace ticklake::store
