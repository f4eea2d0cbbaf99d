#include "lake/hive/files.h"

#include <algorithm>

namespace ticklake::lake::hive {
namespace {

class Walk {
 public:
  Walk(store::ObjectStore& store, const std::vector<std::string>& exclusions)
      : store_(store), exclusions_(exclusions) {}

  Result<void> Folder(const std::string& folder, int depth) {
    if (depth > kMaxFolderDepth) return {};
    TL_ASSIGN(const store::FolderListing listing, store_.ListFolder(folder));
    for (const store::ObjectInfo& object : listing.objects) TL_TRY(Add(object));
    for (const std::string& below : listing.folders) {
      if (!IsHidden(below)) TL_TRY(Folder(below, depth + 1));
    }
    return {};
  }

  Result<void> Add(const store::ObjectInfo& object) {
    std::string uri = store_.UriOf(object.key);
    const bool excluded = std::ranges::any_of(
        exclusions_, [&](const std::string& glob) { return GlobMatches(glob, uri); });
    if (excluded || object.size == 0 || IsHidden(object.key)) return {};
    if (files_.size() == kMaxTableFiles) {
      return Fail(Code::kUnsupported,
                  "'{}': more than {} files below the table's location; query a "
                  "table of fewer files",
                  uri, kMaxTableFiles);
    }
    files_.push_back(std::move(uri));
    return {};
  }

  std::vector<std::string> Take() {
    std::ranges::sort(files_);
    return std::move(files_);
  }

 private:
  store::ObjectStore& store_;
  const std::vector<std::string>& exclusions_;
  std::vector<std::string> files_;
};

}  // namespace

bool IsHidden(std::string_view key) {
  if (key.ends_with('/')) key.remove_suffix(1);
  const size_t slash = key.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  return name.starts_with('_') || name.starts_with('.');
}

Result<std::vector<std::string>> ListDataFiles(store::ObjectStore& store, std::string key,
                                               const std::vector<std::string>& exclusions) {
  Walk walk(store, exclusions);
  if (!key.empty() && !key.ends_with('/')) {
    if (const auto object = store.Head(key)) {
      TL_TRY(walk.Add(*object));
      return walk.Take();
    }
    key += '/';
  }
  TL_TRY(walk.Folder(key, 0));
  return walk.Take();
}

}  // namespace ticklake::lake::hive
