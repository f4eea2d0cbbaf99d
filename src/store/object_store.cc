#include "store/object_store.h"

namespace ticklake::store {
namespace {

constexpr std::string_view kFileScheme = "file:";

}  // namespace

std::string PlainUri(std::string_view uri) {
  if (uri.starts_with("s3a://") || uri.starts_with("s3n://")) {
    return "s3" + std::string(uri.substr(3));
  }
  if (!uri.starts_with(kFileScheme)) return std::string(uri);
  uri.remove_prefix(kFileScheme.size());
  if (uri.starts_with("///")) uri.remove_prefix(2);
  return std::string(uri);
}

Result<void> ObjectStore::PutAll(std::span<const NewObject> objects) {
  for (const NewObject& object : objects) TL_TRY(Put(object.key, object.data));
  return {};
}

// A store whose writes leave nothing behind has nothing to remove.
Result<int64_t> ObjectStore::RemoveStale(const std::string& /*prefix*/, Nanos /*before*/) {
  return 0;
}

Result<LocalFile> ObjectStore::Local(const std::string& key) {
  return Fail(Code::kUnsupported, "'{}': SQL reads files of this machine and its buckets only",
              UriOf(key));
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
  const std::string path = PlainUri(uri);
  const auto below = [&path](std::string_view root) {
    return path.size() > root.size() && path.starts_with(root);
  };
  const std::string root = PlainUri(RootUri());
  if (below(root)) return path.substr(root.size());
  for (const std::string& alias : Aliases()) {
    if (below(alias)) return path.substr(alias.size());
  }
  return Fail(Code::kInvalid, "'{}': not below {}; give the store that holds it", uri, RootUri());
}

}  // namespace ticklake::store
