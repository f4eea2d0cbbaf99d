#include "store/buckets/bucket_object_store.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "store/buckets/file_upload.h"

namespace ticklake::store {
namespace {

ObjectInfo InfoOf(const Object& object) {
  return {.key = object.key, .size = object.size, .modified = object.modified};
}

class BucketObjectStore final : public ObjectStore {
 public:
  BucketObjectStore(BucketStore& buckets, std::string bucket, ReadCache* small_files)
      : buckets_(buckets),
        bucket_(std::move(bucket)),
        uri_("s3://" + bucket_ + "/"),
        small_files_(small_files) {}

  const std::string& RootUri() const override { return uri_; }

  Result<void> Put(const std::string& key, std::string_view data) override {
    return Write(key, data, {});
  }

  Result<void> PutIfAbsent(const std::string& key, std::string_view data) override {
    const auto written = Write(key, data, {.if_absent = true});
    if (written || written.error().code != Code::kConflict) return written;
    return Fail(Code::kAlreadyExists, "{}", written.error().message);
  }

  Result<std::string> Get(const std::string& key) override {
    TL_ASSIGN(const OpenObject open, buckets_.Open(bucket_, key));
    return open.file->ReadExact(0, open.object.size);
  }

  Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) override {
    TL_ASSIGN(const OpenObject open, buckets_.Open(bucket_, key));
    if (offset >= open.object.size) return std::string();
    return open.file->ReadExact(offset, std::min<uint64_t>(size, open.object.size - offset));
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TL_ASSIGN(const Object object, buckets_.Head(bucket_, key));
    return InfoOf(object);
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override {
    std::vector<ObjectInfo> objects;
    const auto listed = Walk({.prefix = prefix}, [&](const ListPage::Entry& entry) {
      objects.push_back(InfoOf(entry.object));
    });
    if (!listed) return Fail(listed.error());
    return objects;
  }

  Result<FolderListing> ListFolder(const std::string& folder) override {
    FolderListing listing;
    const auto listed =
        Walk({.prefix = folder, .delimiter = "/"}, [&](const ListPage::Entry& entry) {
          if (entry.is_prefix) {
            listing.folders.push_back(entry.object.key);
          } else if (entry.object.key != folder) {
            listing.objects.push_back(InfoOf(entry.object));
          }
        });
    if (!listed) return Fail(listed.error());
    return listing;
  }

  Result<void> Delete(const std::string& key) override { return buckets_.Delete(bucket_, key, {}); }

  Result<LocalFile> Local(const std::string& key) override {
    TL_ASSIGN(LocatedObject located, buckets_.Locate(bucket_, key));
    if (!located.path.empty()) {
      return LocalFile{std::move(located.path), buckets_.FolderOf(bucket_), located.pin};
    }
    if (small_files_ == nullptr) return ObjectStore::Local(key);
    return small_files_->Get(fmt::format("bucket content {}", located.version), ExtensionOf(key),
                             [&](File& file) { return file.Append(located.small); });
  }

 private:
  Result<void> Write(const std::string& key, std::string_view data,
                     const WriteCondition& condition) {
    TL_ASSIGN(auto upload, buckets_.Begin(bucket_));
    TL_TRY(upload->Append(data));
    TL_TRY(buckets_.Finish(std::move(upload), key, {.etag = Md5Hex(data)}, condition));
    return {};
  }

  template <class Visit>
  Result<void> Walk(ListRequest request, const Visit& visit) {
    while (true) {
      TL_ASSIGN(const ListPage page, buckets_.List(bucket_, request));
      for (const ListPage::Entry& entry : page.entries) visit(entry);
      if (!page.more) return {};
      request.after = page.entries.back().object.key;
    }
  }

  BucketStore& buckets_;
  const std::string bucket_;
  const std::string uri_;
  ReadCache* const small_files_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenBucketAsStore(BucketStore& buckets,
                                                       const std::string& bucket,
                                                       ReadCache* small_files) {
  TL_TRY(buckets.GetBucket(bucket));
  return std::make_unique<BucketObjectStore>(buckets, bucket, small_files);
}

}  // namespace ticklake::store
