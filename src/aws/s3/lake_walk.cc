#include "aws/s3/lake_walk.h"

#include <algorithm>
#include <optional>

namespace ticklake::aws::s3 {
namespace {

using store::ObjectInfo;

class Walk {
 public:
  using Take = std::function<bool(const ObjectInfo&, bool)>;

  Walk(store::ObjectStore& lake, const store::ListRequest& request, const Take& take)
      : lake_(lake), request_(request), after_(request.after), take_(take) {}

  // False when `take_` has had enough.
  Result<bool> Folder(const std::string& folder) {
    TL_ASSIGN(store::FolderListing listing, lake_.ListFolder(folder));
    // "a/" sorts as the folder's name: all that is below it lies between its neighbours.
    struct Entry {
      std::string key;
      const ObjectInfo* object;
    };
    std::vector<Entry> entries;
    entries.reserve(listing.objects.size() + listing.folders.size());
    for (const ObjectInfo& object : listing.objects) entries.push_back({object.key, &object});
    for (const std::string& name : listing.folders) entries.push_back({name, nullptr});
    std::ranges::sort(entries, {}, &Entry::key);
    for (const Entry& entry : entries) {
      if (!shown_.empty() && entry.key.starts_with(shown_)) continue;
      TL_ASSIGN(const bool more,
                entry.object != nullptr ? Object(*entry.object) : Enter(entry.key));
      if (!more) return false;
    }
    return true;
  }

 private:
  Result<bool> Enter(const std::string& folder) {
    const std::string& prefix = request_.prefix;
    if (!folder.starts_with(prefix) && !prefix.starts_with(folder)) return true;
    if (after_ >= folder && !after_.starts_with(folder)) return true;  // all of it is before
    return Folder(folder);
  }

  Result<bool> Object(const ObjectInfo& object) {
    if (!object.key.starts_with(request_.prefix) || object.key <= after_) return true;
    const size_t cut = request_.delimiter.empty()
                           ? std::string::npos
                           : object.key.find(request_.delimiter, request_.prefix.size());
    if (cut == std::string::npos) return take_(object, false);
    const ObjectInfo common{.key = object.key.substr(0, cut + request_.delimiter.size())};
    if (common.key <= request_.after) return true;
    shown_ = common.key;
    return take_(common, true);
  }

  store::ObjectStore& lake_;
  const store::ListRequest& request_;
  const std::string after_;
  const Take& take_;
  std::string shown_;  // the last common prefix
};

}  // namespace

bool IsLakeKey(std::string_view key) {
  while (true) {
    const size_t slash = key.find('/');
    const std::string_view name = key.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

Result<void> WalkLake(store::ObjectStore& lake, const store::ListRequest& request,
                      const std::function<bool(const ObjectInfo&, bool)>& take) {
  // From the deepest folder that the prefix names.
  const size_t slash = request.prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : request.prefix.substr(0, slash + 1);
  if (!folder.empty() && !IsLakeKey(std::string_view(folder).substr(0, folder.size() - 1))) {
    return {};
  }
  Walk walk(lake, request, take);
  TL_TRY(walk.Folder(folder));
  return {};
}

}  // namespace ticklake::aws::s3
