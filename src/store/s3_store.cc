#include "store/s3_store.h"

#include <algorithm>

#include "base/run_all.h"
#include "base/thread_pool.h"
#include "base/uuid.h"
#include "store/object_key.h"
#include "store/s3_client.h"

namespace ticklake::store {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr size_t kMostParts = 10'000;  // of one upload, by S3's own limit
constexpr int kConditionalAttempts = 5;

class S3Store : public ObjectStore {
 public:
  S3Store(S3Client client, std::string prefix, const S3StoreOptions& options)
      : client_(std::move(client)),
        prefix_(std::move(prefix)),
        uri_(fmt::format("{}{}/{}", kScheme, client_.bucket(), prefix_)),
        options_(options),
        pool_(options.threads, "s3") {}

  const std::string& RootUri() const override { return uri_; }

  Result<void> Put(const std::string& key, std::string_view data) override {
    TL_TRY(CheckKey(key));
    if (data.size() >= options_.multipart_from) return PutParts(prefix_ + key, data);
    const std::string full = prefix_ + key;
    return client_.Put({.key = full, .data = data});
  }

  Result<void> PutAll(std::span<const NewObject> objects) override {
    for (const NewObject& object : objects) TL_TRY(CheckKey(object.key));
    std::vector<const NewObject*> small;
    for (const NewObject& object : objects) {
      if (object.data.size() < options_.multipart_from) small.push_back(&object);
    }
    TL_TRY(
        RunAll(pool_, small.size(), [&](size_t i) { return Put(small[i]->key, small[i]->data); }));
    for (const NewObject& object : objects) {  // whose parts go at once
      if (object.data.size() >= options_.multipart_from) TL_TRY(Put(object.key, object.data));
    }
    return {};
  }

  Result<void> PutIfAbsent(const std::string& key, std::string_view data) override {
    TL_TRY(CheckKey(key));
    const std::string full = prefix_ + key;
    const std::string token = Uuid::Random().ToString();
    for (int attempt = 1;; ++attempt) {
      const auto put = client_.Put({.key = full, .data = data, .if_absent = true, .token = token});
      if (put) return {};
      const Code code = put.error().code;
      const bool in_doubt = code == Code::kAlreadyExists || code == Code::kConflict ||
                            code == Code::kTimeout || code == Code::kOutcomeUnknown;
      if (!in_doubt) return put;
      const auto there = client_.Head(full);
      if (there && there->put_token == token) return {};
      if (there) return Fail(Code::kAlreadyExists, "{}{}: exists already", uri_, key);
      if (there.error().code != Code::kNotFound) {
        return Fail(Code::kOutcomeUnknown, "{}{}: {}, and then {}", uri_, key, put.error().message,
                    there.error().message);
      }
      // Two conditional writes at once: S3 refuses one of them with 409, and maybe both.
      const bool again = code == Code::kConflict || code == Code::kAlreadyExists;
      if (!again || attempt == kConditionalAttempts) {
        return Fail(Code::kOutcomeUnknown, "{}{}: {}; it is not there yet", uri_, key,
                    put.error().message);
      }
      client_.clock().SleepFor(std::chrono::milliseconds(50 * attempt));
    }
  }

  Result<std::string> Get(const std::string& key) override {
    TL_TRY(CheckKey(key));
    return client_.Get(prefix_ + key);
  }

  Result<std::string> GetRange(const std::string& key, uint64_t offset, size_t size) override {
    TL_TRY(CheckKey(key));
    return client_.GetRange(prefix_ + key, {.offset = offset, .size = size});
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TL_TRY(CheckKey(key));
    TL_ASSIGN(const S3Object object, client_.Head(prefix_ + key));
    return ObjectInfo{key, object.size, object.modified};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override {
    std::vector<ObjectInfo> found;
    S3List request{.prefix = prefix_ + prefix};
    do {
      TL_ASSIGN(S3Page page, client_.List(request));
      for (S3Entry& entry : page.objects) {
        if (IsMarker(entry)) continue;
        found.push_back(InfoOf(entry));
      }
      request.continuation = std::move(page.next);
    } while (!request.continuation.empty());
    std::ranges::sort(found, {}, &ObjectInfo::key);  // not all services sort by bytes
    return found;
  }

  Result<FolderListing> ListFolder(const std::string& folder) override {
    if (!folder.empty()) TL_TRY(CheckKey(folder.substr(0, folder.size() - 1)));
    FolderListing listing;
    S3List request{.prefix = prefix_ + folder, .folders = true};
    do {
      TL_ASSIGN(S3Page page, client_.List(request));
      for (const S3Entry& entry : page.objects) {
        if (!IsMarker(entry)) listing.objects.push_back(InfoOf(entry));
      }
      for (const std::string& name : page.folders) {
        std::string key = name.substr(prefix_.size());
        if (CheckKey(key.substr(0, key.size() - 1))) {
          listing.folders.push_back(std::move(key));
        } else {
          listing.others.emplace_back(std::move(key), "a prefix that is no path");
        }
      }
      request.continuation = std::move(page.next);
    } while (!request.continuation.empty());
    std::ranges::sort(listing.folders);
    std::ranges::sort(listing.objects, {}, &ObjectInfo::key);
    return listing;
  }

  Result<LocalFile> Local(const std::string& key) override {
    if (options_.cache == nullptr) return ObjectStore::Local(key);
    TL_TRY(CheckKey(key));
    const std::string full = prefix_ + key;
    TL_ASSIGN(const S3Object object, client_.Head(full));
    return options_.cache->Get(fmt::format("{}{} {} {}", uri_, key, object.etag, object.size),
                               ExtensionOf(key),
                               [&](File& file) { return Download(full, object, file); });
  }

  Result<void> Delete(const std::string& key) override {
    TL_TRY(CheckKey(key));
    return client_.Delete(prefix_ + key);
  }

  Result<int64_t> RemoveStale(const std::string& prefix, Nanos before) override {
    int64_t removed = 0;
    TL_ASSIGN(const auto uploads, client_.ListUploads(prefix_ + prefix));
    for (const S3Upload& upload : uploads) {
      if (upload.initiated >= before) continue;
      TL_TRY(client_.AbortUpload(upload));
      ++removed;
    }
    return removed;
  }

 private:
  /// What consoles make of "new folder": an empty object whose key ends with '/'.
  static bool IsMarker(const S3Entry& entry) { return entry.size == 0 && entry.key.ends_with('/'); }

  ObjectInfo InfoOf(const S3Entry& entry) const {
    return {entry.key.substr(prefix_.size()), entry.size, entry.modified};
  }

  // Piece by piece, so that it takes no memory; of one version, by its ETag.
  Result<void> Download(const std::string& key, const S3Object& object, File& file) {
    for (uint64_t at = 0; at < object.size; at += options_.part_size) {
      const uint64_t size = std::min<uint64_t>(options_.part_size, object.size - at);
      TL_ASSIGN(const std::string piece,
                client_.GetRange(key, {.offset = at, .size = size, .if_match = object.etag}));
      if (piece.size() != size) {
        return Fail(Code::kCorrupt, "{}: {} bytes from {}, where {} are said to be", key,
                    piece.size(), at, size);
      }
      TL_TRY(file.Append(piece));
    }
    return {};
  }

  Result<void> PutParts(const std::string& key, std::string_view data) {
    const size_t size = std::max(options_.part_size, (data.size() + kMostParts - 1) / kMostParts);
    S3Upload upload{.key = key};
    TL_ASSIGN(upload.id, client_.BeginUpload(key));
    std::vector<S3Part> parts((data.size() + size - 1) / size);
    auto done = RunAll(pool_, parts.size(), [&](size_t i) -> Result<void> {
      TL_ASSIGN(parts[i],
                client_.UploadPart(upload, static_cast<int>(i + 1), data.substr(i * size, size)));
      return {};
    });
    if (done) done = client_.CompleteUpload(upload, parts);
    if (done) return {};
    // A completion without an answer may have happened: then there is nothing to abort, and the
    // object is whole, as after any Put that failed.
    if (const auto aborted = client_.AbortUpload(upload); !aborted) {
      return Fail(done.error().code, "{}; aborting the upload: {}", done.error().message,
                  aborted.error().message);
    }
    return done;
  }

  S3Client client_;
  const std::string prefix_;  // "" or ends with '/'
  const std::string uri_;
  const S3StoreOptions options_;
  ThreadPool pool_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenS3Store(net::AwsClient& client, const std::string& uri,
                                                 const S3StoreOptions& options) {
  if (!uri.starts_with(kScheme)) {
    return Fail(Code::kInvalid, "'{}': no s3://BUCKET/PREFIX/", uri);
  }
  const std::string rest = uri.substr(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string prefix = slash < rest.size() ? rest.substr(slash + 1) : "";
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty()) {
    TL_TRY(CheckKey(prefix));
    prefix += '/';
  }
  TL_ASSIGN(S3Client s3, S3Client::Open(client, rest.substr(0, slash)));
  return std::make_unique<S3Store>(std::move(s3), std::move(prefix), options);
}

}  // namespace ticklake::store
