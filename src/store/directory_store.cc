// The directory store: one file an object.
//
// An object is written to a temporary file beside its place, synced, and then renamed (Put) or
// linked (PutIfAbsent) to its name, so that it is there whole or not at all; syncing the
// directory makes it durable. A crash may leave a temporary file behind: List hides them, and
// RemoveStale removes them.

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <vector>

#include "base/dir_entries.h"
#include "base/uuid.h"
#include "store/object_key.h"
#include "store/object_store.h"

namespace ticklake::store {
namespace {

constexpr std::string_view kTemporaryPrefix = ".tmp-";

// As CheckKey, and no temporary file's.
Result<void> CheckPath(std::string_view key) {
  TL_TRY(CheckKey(key));
  for (size_t start = 0; start < key.size(); start = key.find('/', start) + 1) {
    if (key.substr(start).starts_with(kTemporaryPrefix)) {
      return Fail(Code::kInvalid, "object key '{}': names with {} are the store's own", key,
                  kTemporaryPrefix);
    }
    if (key.find('/', start) == std::string_view::npos) break;
  }
  return {};
}

class DirectoryStore : public ObjectStore {
 public:
  DirectoryStore(FileSystem& fs, std::string root, std::vector<std::string> aliases)
      : fs_(fs), root_(std::move(root)), uri_("file://" + root_), aliases_(std::move(aliases)) {}

  const std::string& RootUri() const override { return uri_; }
  std::span<const std::string> Aliases() const override { return aliases_; }

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

  // Each file is synced by itself, their folders once.
  Result<void> PutAll(std::span<const NewObject> objects) override {
    std::set<std::string> folders;
    std::vector<std::string> temporaries;
    Result<void> done;
    for (const NewObject& object : objects) {
      done = CheckPath(object.key);
      if (!done) break;
      folders.insert(ParentPath(root_ + object.key));
      auto written = WriteBeside(root_ + object.key, object.data);
      if (!written) {
        done = Fail(std::move(written).error());
        break;
      }
      temporaries.push_back(std::move(*written));
    }
    for (size_t i = 0; i < objects.size() && done; ++i) {
      done = fs_.Rename(temporaries[i], root_ + objects[i].key);
      if (done) temporaries[i].clear();
    }
    for (const std::string& left : temporaries) {
      if (!left.empty()) (void)fs_.Remove(left);
    }
    TL_TRY(done);
    for (const std::string& folder : folders) TL_TRY(fs_.SyncDir(folder));
    return {};
  }

  Result<std::string> Get(const std::string& key) override {
    TL_TRY(CheckPath(key));
    return fs_.ReadFile(root_ + key);
  }

  Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) override {
    TL_TRY(CheckPath(key));
    TL_ASSIGN(auto file, fs_.Open(root_ + key, OpenMode::kRead));
    TL_ASSIGN(const uint64_t end, file->Size());
    if (offset >= end) return std::string();
    return file->ReadExact(offset, std::min<uint64_t>(size, end - offset));
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TL_TRY(CheckPath(key));
    const std::string path = root_ + key;
    TL_ASSIGN(const bool directory, fs_.IsDirectory(path));
    if (directory) return Fail(Code::kNotFound, "object '{}': not in {}", key, uri_);
    TL_ASSIGN(auto file, fs_.Open(path, OpenMode::kRead));
    TL_ASSIGN(const uint64_t size, file->Size());
    return ObjectInfo{key, size, fs_.ModifiedAt(path).value_or(0)};
  }

  Result<LocalFile> Local(const std::string& key) override {
    TL_TRY(CheckKey(key));
    return LocalFile{.path = root_ + key, .folder = root_, .pin = nullptr};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    const size_t slash = prefix.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
    if (!folder.empty()) TL_TRY(CheckPath(folder.substr(0, folder.size() - 1)));
    TL_TRY(ListFolder(folder, prefix, [&](const std::string& key, std::string_view name) {
      return name.starts_with(kTemporaryPrefix) ? Result<void>() : AddTo(found, key);
    }));
    std::ranges::sort(found, {}, &ObjectInfo::key);
    return found;
  }

  Result<FolderListing> ListFolder(const std::string& folder) override {
    if (!folder.empty()) TL_TRY(CheckPath(folder.substr(0, folder.size() - 1)));
    FolderListing listing;
    auto entries = ListEntries(fs_, root_ + folder);
    if (!entries && entries.error().code == Code::kNotFound) return listing;
    if (!entries) return Fail(entries.error());
    for (DirEntry& entry : *entries) {
      if (entry.name.starts_with(kTemporaryPrefix)) continue;
      switch (entry.kind) {
        case EntryKind::kDirectory: listing.folders.push_back(folder + entry.name + "/"); break;
        case EntryKind::kFile: listing.objects.push_back({folder + entry.name, entry.size}); break;
        case EntryKind::kSymlink:
          listing.others.emplace_back(folder + entry.name, "a symbolic link");
          break;
        case EntryKind::kOther:
          listing.others.emplace_back(folder + entry.name, "no regular file");
          break;
      }
    }
    std::ranges::sort(listing.folders);  // "a-b/" stands before "a/"
    return listing;
  }

  Result<void> Delete(const std::string& key) override {
    TL_TRY(CheckPath(key));
    auto removed = fs_.Remove(root_ + key);
    if (!removed && removed.error().code != Code::kNotFound) return removed;
    return {};
  }

  Result<int64_t> RemoveStale(const std::string& prefix, Nanos before) override {
    int64_t removed = 0;
    const size_t slash = prefix.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash + 1);
    if (!folder.empty()) TL_TRY(CheckPath(folder.substr(0, folder.size() - 1)));
    TL_TRY(ListFolder(folder, prefix, [&](const std::string& key, std::string_view name) {
      if (!name.starts_with(kTemporaryPrefix)) return Result<void>();
      const auto modified = fs_.ModifiedAt(root_ + key);
      if (!modified || *modified >= before) return Result<void>();
      auto gone = fs_.Remove(root_ + key);
      if (gone) ++removed;
      return gone || gone.error().code == Code::kNotFound ? Result<void>() : gone;
    }));
    return removed;
  }

 private:
  template <class Publish>
  Result<void> Write(const std::string& key, std::string_view data, Publish publish) {
    TL_TRY(CheckPath(key));
    const std::string path = root_ + key;
    TL_ASSIGN(const std::string temporary, WriteBeside(path, data));
    if (auto published = publish(temporary, path); !published) {
      (void)fs_.Remove(temporary);
      return published;
    }
    return fs_.SyncDir(ParentPath(path));
  }

  // A temporary file with that content in the folder of `path`, synced; its own path.
  Result<std::string> WriteBeside(const std::string& path, std::string_view data) {
    const std::string folder = ParentPath(path);
    TL_TRY(MakeDurableFolder(folder));
    std::string temporary =
        JoinPath(folder, std::string(kTemporaryPrefix) + Uuid::Random().ToString());
    if (auto written = WriteTemporary(temporary, data); !written) {
      (void)fs_.Remove(temporary);
      return Fail(std::move(written).error());
    }
    return temporary;
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

  Result<void> AddTo(std::vector<ObjectInfo>& found, const std::string& key) {
    auto info = Head(key);
    if (!info && info.error().code == Code::kNotFound) return {};  // deleted meanwhile
    if (!info) return Fail(info.error());
    found.push_back(std::move(*info));
    return {};
  }

  // Calls visit(key, file name) for all files below a prefix, temporary ones too.
  // folder: a key prefix that is "" or ends with '/'.
  template <class Visit>
  Result<void> ListFolder(const std::string& folder, const std::string& prefix,
                          const Visit& visit) {
    auto names = fs_.List(root_ + folder);
    if (!names) {
      if (names.error().code == Code::kNotFound) return {};
      return Fail(names.error());
    }
    for (const std::string& name : *names) {
      const std::string key = folder + name;
      const bool below = key.starts_with(prefix);
      if (!below && !prefix.starts_with(key + "/")) continue;
      TL_ASSIGN(const bool directory, fs_.IsDirectory(root_ + key));
      if (directory) {
        TL_TRY(ListFolder(key + "/", prefix, visit));
        continue;
      }
      TL_TRY(visit(key, name));
    }
    return {};
  }

  FileSystem& fs_;
  const std::string root_;  // absolute, ends with '/'
  const std::string uri_;
  const std::vector<std::string> aliases_;
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
                                                        const std::string& directory,
                                                        std::vector<std::string> aliases) {
  std::error_code error;
  std::string root = std::filesystem::absolute(directory, error).lexically_normal().string();
  if (error || directory.empty()) {
    return Fail(Code::kInvalid, "store directory '{}': cannot be made absolute", directory);
  }
  if (root.back() != '/') root += '/';
  if (root.size() > 1) TL_TRY(MakeRoot(fs, root.substr(0, root.size() - 1)));
  return std::make_unique<DirectoryStore>(fs, std::move(root), std::move(aliases));
}

}  // namespace ticklake::store
