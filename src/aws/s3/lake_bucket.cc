#include "aws/s3/lake_bucket.h"

#include <algorithm>

#include "aws/s3/acl.h"
#include "aws/s3/checksums.h"
#include "aws/s3/lake_walk.h"
#include "base/bytes.h"

namespace ticklake::aws::s3 {
namespace {

using store::Object;
using store::ObjectInfo;

// An object of the lake as a file to read.
class LakeFile : public File {
 public:
  LakeFile(store::ObjectStore& lake, ObjectInfo info) : lake_(lake), info_(std::move(info)) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    if (offset >= info_.size || size == 0) return 0;
    TL_ASSIGN(const std::string bytes, lake_.GetRange(info_.key, offset, size));
    std::ranges::copy(bytes, buffer);
    return bytes.size();
  }
  Result<uint64_t> Size() override { return info_.size; }
  Result<void> Append(std::span<const std::string_view>) override { return ReadOnly(); }
  Result<void> Sync() override { return ReadOnly(); }
  Result<void> Truncate(uint64_t) override { return ReadOnly(); }

 private:
  std::unexpected<Error> ReadOnly() const {
    return Fail(Code::kUnsupported, "{}: opened for reading", info_.key);
  }

  store::ObjectStore& lake_;
  const ObjectInfo info_;
};

// A file of which all bytes are at hand.
class MemoryFile : public File {
 public:
  explicit MemoryFile(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    if (offset >= bytes_->size()) return 0;
    return bytes_->copy(buffer, size, offset);
  }
  Result<uint64_t> Size() override { return bytes_->size(); }
  Result<void> Append(std::span<const std::string_view>) override { return ReadOnly(); }
  Result<void> Sync() override { return ReadOnly(); }
  Result<void> Truncate(uint64_t) override { return ReadOnly(); }

 private:
  static std::unexpected<Error> ReadOnly() {
    return Fail(Code::kUnsupported, "a file in memory: for reading only");
  }

  const std::shared_ptr<const std::string> bytes_;
};

std::string_view TypeOf(std::string_view key) {
  if (key.ends_with(".json")) return "application/json";
  if (key.ends_with(".parquet")) return "application/vnd.apache.parquet";
  if (key.ends_with(".avro")) return "application/avro";
  if (key.ends_with(".csv")) return "text/csv";
  return "binary/octet-stream";
}

Object ObjectOf(const ObjectInfo& info) {
  Digest digest({});
  digest.Update(fmt::format("{}\n{}\n{}", info.size, info.modified, info.key));
  digest.Finish();
  Object object{.key = info.key, .size = info.size, .modified = info.modified};
  object.facts.etag = Hex(digest.md5()) + "-1";
  object.facts.headers["content-type"] = TypeOf(info.key);
  return object;
}

}  // namespace

LakeBucket::LakeBucket(std::string name, store::ObjectStore& lake, LakeWrites writes, Nanos created)
    : name_(std::move(name)),
      lake_(lake),
      relocated_(lake, fmt::format("s3://{}/", name_)),
      writes_(std::move(writes)),
      created_(created) {}

Result<void> LakeBucket::Recover() {
  if (writes_.staging == nullptr) return {};
  const std::lock_guard lock(recovering_);
  if (recovered_) return {};
  // To write is also what makes the staging store look for files that it does not name.
  const auto made = writes_.staging->CreateBucket({.name = name_});
  if (!made && made.error().code != Code::kAlreadyExists) return Fail(made.error());
  while (true) {
    TL_ASSIGN(const store::ListPage page, writes_.staging->List(name_, {}));
    for (const auto& entry : page.entries) {
      TL_TRY(writes_.staging->Delete(name_, entry.object.key, {}));
    }
    recovered_ = !page.more;
    if (recovered_) return {};
  }
}

std::unexpected<Error> LakeBucket::ReadOnly(std::string_view what) const {
  return Fail(Code::kAuth,
              "bucket {} shows the lake's own tables, and {} would change it: write through the "
              "table (SQL, Kafka, or an Iceberg commit), or use a bucket of your own",
              name_, what);
}

Result<void> LakeBucket::CreateBucket(const store::Bucket& bucket) {
  return Fail(Code::kAlreadyExists, "bucket {}: the name is taken", bucket.name);
}

Result<store::Bucket> LakeBucket::GetBucket(const std::string& name) {
  if (name != name_) return Fail(Code::kNotFound, "bucket {}: does not exist", name);
  return store::Bucket{.name = name_, .created = created_, .facts = FactsOfNewBucket(kRegion)};
}

Result<std::vector<store::Bucket>> LakeBucket::ListBuckets() {
  TL_ASSIGN(store::Bucket bucket, GetBucket(name_));
  return std::vector{std::move(bucket)};
}

Result<void> LakeBucket::SetBucketFact(const std::string&, const std::string& kind,
                                       const std::string&) {
  return ReadOnly(kind);
}

Result<void> LakeBucket::DeleteBucket(const std::string&) { return ReadOnly("deleting it"); }

Result<std::unique_ptr<store::Upload>> LakeBucket::Begin(const std::string&) {
  if (writes_.staging == nullptr) return ReadOnly("a new object");
  TL_TRY(Recover());
  return writes_.staging->Begin(name_);
}

Result<void> LakeBucket::CheckNew(const std::string& key, const store::WriteCondition& condition) {
  if (writes_.staging == nullptr) return ReadOnly(key);
  if (!IsLakeKey(key)) return ReadOnly(key);
  TL_TRY(writes_.may_create(key));
  const auto there = lake_.Head(key);
  if (!there && there.error().code == Code::kNotFound) {
    if (!condition.if_match) return {};
    return Fail(Code::kNotFound, "{}: does not exist", key);
  }
  TL_TRY(there);
  if (condition.if_absent) return Fail(Code::kConflict, "{}: exists already", key);
  return ReadOnly(fmt::format("replacing {}", key));
}

Result<Object> LakeBucket::TakeIn(const Object& staged, const store::WriteCondition& condition) {
  const std::string& key = staged.key;
  const std::lock_guard lock(taking_);
  const auto open = writes_.staging->Open(name_, key);
  // Two may stage the same key at the same time: the later one's bytes are not the earlier one's.
  const bool replaced =
      open && (open->object.facts.etag != staged.facts.etag || open->object.size != staged.size);
  if (replaced || (!open && open.error().code == Code::kNotFound)) {
    return ReadOnly(fmt::format("replacing {}", key));
  }
  TL_TRY(open);
  std::string bytes(staged.size, '\0');
  for (size_t at = 0; at < bytes.size();) {
    TL_ASSIGN(const size_t got, open->file->ReadAt(at, bytes.data() + at, bytes.size() - at));
    if (got == 0) return Fail(Code::kCorrupt, "{}: its file ends at byte {}", open->path, at);
    at += got;
  }
  auto put = CheckNew(key, condition);
  if (put) put = lake_.PutIfAbsent(key, bytes);
  // Whatever came of it: nobody sees what is staged, so it is of no use any more.
  TL_TRY(writes_.staging->Delete(name_, key, {}));
  if (!put && put.error().code == Code::kAlreadyExists) {
    return ReadOnly(fmt::format("replacing {}", key));
  }
  TL_TRY(put);
  TL_TRY(Remember(key, staged.facts.etag, bytes));
  TL_ASSIGN(Object object, Head(name_, key));
  object.facts.etag = staged.facts.etag;  // some clients compare it with what they sent
  object.facts.checksums = staged.facts.checksums;
  return object;
}

Result<void> LakeBucket::Remember(const std::string& key, const std::string& etag,
                                  const std::string& put) {
  bool as_put = true;
  if (lake::RelocatedFiles::Rewrites(key)) {
    TL_ASSIGN(const auto shown, relocated_.Get(key));
    as_put = *shown == put;
  }
  taken_.Insert(key, std::make_shared<const std::string>(as_put ? etag : ""), 1);
  return {};
}

Object LakeBucket::Describe(const ObjectInfo& info) {
  Object object = ObjectOf(info);
  const auto etag = taken_.Find(info.key);
  if (etag != nullptr && !etag->empty()) object.facts.etag = *etag;
  return object;
}

Result<Object> LakeBucket::Finish(std::unique_ptr<store::Upload> upload, const std::string& key,
                                  store::ObjectFacts facts,
                                  const store::WriteCondition& condition) {
  TL_TRY(CheckNew(key, condition));
  if (upload->size() > kMaxNewFile) {
    return Fail(Code::kInvalid, "{}: has more than {} bytes; write smaller files", key,
                kMaxNewFile);
  }
  TL_ASSIGN(const Object staged,
            writes_.staging->Finish(std::move(upload), key, std::move(facts), {}));
  return TakeIn(staged, condition);
}

Result<ObjectInfo> LakeBucket::Shown(const std::string& key) {
  if (!IsLakeKey(key)) return Fail(Code::kNotFound, "{}: does not exist", key);
  auto info = lake_.Head(key);
  // A folder, or a name that the lake's store does not have, is no object.
  if (!info && info.error().code == Code::kInvalid) {
    return Fail(Code::kNotFound, "{}: does not exist", key);
  }
  if (!info || !lake::RelocatedFiles::Rewrites(key)) return info;
  TL_ASSIGN(const int64_t length, relocated_.LengthOf(key));
  info->size = static_cast<uint64_t>(length);
  return info;
}

Result<Object> LakeBucket::Head(const std::string&, const std::string& key) {
  TL_ASSIGN(const ObjectInfo info, Shown(key));
  return Describe(info);
}

Result<store::OpenObject> LakeBucket::Open(const std::string& bucket, const std::string& key) {
  TL_ASSIGN(Object object, Head(bucket, key));
  std::shared_ptr<File> file;
  if (lake::RelocatedFiles::Rewrites(key)) {
    TL_ASSIGN(std::shared_ptr<const std::string> bytes, relocated_.Get(key));
    file = std::make_shared<MemoryFile>(std::move(bytes));
  } else {
    file = std::make_shared<LakeFile>(
        lake_, ObjectInfo{.key = key, .size = object.size, .modified = object.modified});
  }
  return store::OpenObject{.object = std::move(object), .file = std::move(file), .path = ""};
}

Result<void> LakeBucket::SetTags(const std::string&, const std::string& key, const store::Facts&) {
  return ReadOnly(fmt::format("tagging {}", key));
}

Result<void> LakeBucket::Delete(const std::string& bucket, const std::string& key,
                                const store::WriteCondition& condition) {
  const store::Doomed one{key, condition};
  return DeleteAll(bucket, {&one, 1}).front();
}

std::vector<Result<void>> LakeBucket::DeleteAll(const std::string& bucket,
                                                std::span<const store::Doomed> objects) {
  const auto may_delete = writes_.deletions ? writes_.deletions() : LakeWrites::MayDelete();
  return ByManyHands(objects.size(),
                     [&](size_t i) { return DeleteOne(bucket, objects[i], may_delete); });
}

Result<void> LakeBucket::DeleteOne(const std::string& bucket, const store::Doomed& object,
                                   const LakeWrites::MayDelete& may_delete) {
  const std::string& key = object.key;
  if (!may_delete || !IsLakeKey(key)) return ReadOnly(fmt::format("deleting {}", key));
  TL_TRY(may_delete(key, taken_.Find(key) != nullptr));
  if (const auto& etag = object.condition.if_match) {
    TL_ASSIGN(const Object there, Head(bucket, key));
    if (*etag != "*" && *etag != there.facts.etag) {
      return Fail(Code::kConflict, "{}: is another version", key);
    }
  }
  taken_.Erase(key);
  return lake_.Delete(key);
}

Result<store::ListPage> LakeBucket::List(const std::string&, const store::ListRequest& request) {
  store::ListPage page;
  const auto take = [&](const ObjectInfo& info, bool is_prefix) {
    if (page.entries.size() == request.limit) {
      page.more = true;
      return false;
    }
    if (is_prefix) {
      page.entries.push_back({.object = {.key = info.key}, .is_prefix = true});
    } else if (const auto whole = Shown(info.key)) {  // folders do not tell times
      page.entries.push_back({.object = Describe(*whole)});
    }
    return true;
  };
  TL_TRY(WalkLake(lake_, request, take));
  return page;
}

Result<store::MultipartUpload> LakeBucket::BeginMultipart(const std::string& /*bucket*/,
                                                          const std::string& key,
                                                          store::ObjectFacts facts) {
  TL_TRY(CheckNew(key, {}));
  TL_TRY(Recover());
  return writes_.staging->BeginMultipart(name_, key, std::move(facts));
}

Result<store::MultipartUpload> LakeBucket::GetMultipart(const std::string&, const std::string& id) {
  if (writes_.staging != nullptr) return writes_.staging->GetMultipart(name_, id);
  return Fail(Code::kNotFound, "upload {}: does not exist", id);
}

Result<store::Part> LakeBucket::FinishPart(std::unique_ptr<store::Upload> bytes,
                                           const store::MultipartUpload& upload, store::Part part) {
  if (writes_.staging == nullptr) return ReadOnly(upload.key);
  return writes_.staging->FinishPart(std::move(bytes), upload, std::move(part));
}

Result<std::vector<store::Part>> LakeBucket::ListParts(const std::string&, const std::string& id) {
  TL_TRY(GetMultipart(name_, id));
  return writes_.staging->ListParts(name_, id);
}

Result<std::vector<store::MultipartUpload>> LakeBucket::ListMultiparts(const std::string&) {
  if (writes_.staging == nullptr) return std::vector<store::MultipartUpload>{};
  TL_TRY(Recover());
  return writes_.staging->ListMultiparts(name_);
}

Result<Object> LakeBucket::CompleteMultipart(const std::string&, const std::string& id,
                                             const std::vector<int32_t>& parts,
                                             store::ObjectFacts facts,
                                             const store::WriteCondition& condition) {
  TL_ASSIGN(const store::MultipartUpload upload, GetMultipart(name_, id));
  TL_TRY(CheckNew(upload.key, condition));
  uint64_t size = 0;
  TL_ASSIGN(const auto stored, ListParts(name_, id));
  for (const store::Part& part : stored) size += part.size;
  if (size > kMaxNewFile) {
    return Fail(Code::kInvalid, "{}: has more than {} bytes; write smaller files", upload.key,
                kMaxNewFile);
  }
  TL_ASSIGN(const Object staged,
            writes_.staging->CompleteMultipart(name_, id, parts, std::move(facts), {}));
  return TakeIn(staged, condition);
}

Result<void> LakeBucket::AbortMultipart(const std::string&, const std::string& id) {
  TL_TRY(GetMultipart(name_, id));
  return writes_.staging->AbortMultipart(name_, id);
}

}  // namespace ticklake::aws::s3
