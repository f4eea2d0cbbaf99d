#include "store/object_store.h"

namespace ticklake::store {
namespace {

constexpr std::string_view kFileScheme = "file:";

// "file:/a", "file:///a" and "/a" name the same file; other URIs stay as they are.
std::string_view WithoutFileScheme(std::string_view uri) {
  if (!uri.starts_with(kFileScheme)) return uri;
  uri.remove_prefix(kFileScheme.size());
  if (uri.starts_with("///")) uri.remove_prefix(2);
  return uri;
}

}  // namespace

Result<void> ObjectStore::PutAll(std::span<const NewObject> objects) {
  for (const NewObject& object : objects) TL_TRY(Put(object.key, object.data));
  return {};
}

// A store whose writes leave nothing behind has nothing to remove.
Result<int64_t> ObjectStore::RemoveStale(const std::string& /*prefix*/, Nanos /*before*/) {
  return 0;
}

Result<FolderListing> ObjectStore::ListFolder(const std::string& folder) {
  FolderListing listing;
  TL_ASSIGN(std::vector<ObjectInfo> objects, List(folder));
  for (ObjectInfo& object : objects) {
    const size_t slash = object.key.find('/', folder.size());
    if (slash == std::string::npos) {
      listing.objects.push_back(std::move(object));
      continue;
    }
    std::string below = object.key.substr(0, slash + 1);
    if (listing.folders.empty() || listing.folders.back() != below) {
      listing.folders.push_back(std::move(below));
    }
  }
  return listing;
}

Result<std::string> ObjectStore::KeyOf(std::string_view uri) const {
  const std::string_view root = WithoutFileScheme(RootUri());
  const std::string_view path = WithoutFileScheme(uri);
  if (!path.starts_with(root) || path.size() == root.size()) {
    return Fail(Code::kInvalid, "'{}': not below {}; give the store that holds it", uri, RootUri());
  }
  return std::string(path.substr(root.size()));
}

}  // namespace ticklake::store
