#include "store/buckets/bucket_store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/utf8.h"
#include "store/buckets/facts_codec.h"
#include "store/buckets/file_bucket_store.h"

namespace ticklake::store {
namespace {

constexpr size_t kLongestKey = 1024;

/// The bytes of a small object.
class MemoryObject final : public File {
 public:
  explicit MemoryObject(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    if (offset >= bytes_.size()) return 0;
    return bytes_.copy(buffer, size, offset);
  }
  Result<void> Append(std::span<const std::string_view>) override { return ReadOnly(); }
  Result<void> Sync() override { return ReadOnly(); }
  Result<void> Truncate(uint64_t) override { return ReadOnly(); }
  Result<uint64_t> Size() override { return bytes_.size(); }

 private:
  static std::unexpected<Error> ReadOnly() {
    return Fail(Code::kInternal, "an object that was opened cannot be changed");
  }
  const std::string bytes_;
};

// The name is also that of a folder.
Result<void> CheckBucketName(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (plain && !name.empty() && name.size() <= 255 && name.front() != '.') return {};
  return Fail(Code::kInvalid, "bucket name '{:.80}': use letters, digits, '-', '_' and '.'", name);
}

Result<void> CheckKey(const std::string& key) {
  if (!key.empty() && key.size() <= kLongestKey && IsUtf8(key)) return {};
  return Fail(Code::kInvalid, "object key '{:.80}': use 1 to {} bytes of UTF-8", key, kLongestKey);
}

FileUpload& AsFile(Upload& upload) { return static_cast<FileUpload&>(upload); }

}  // namespace

std::vector<Result<void>> BucketStore::ByManyHands(size_t count,
                                                   const std::function<Result<void>(size_t)>& one) {
  constexpr size_t kHands = 16;
  std::vector<Result<void>> outcomes(count);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) outcomes[i] = one(i);
  };
  std::vector<std::jthread> hands(count == 0 ? 0 : std::min(kHands, count) - 1);
  for (std::jthread& hand : hands) hand = std::jthread(work);
  work();
  hands.clear();
  return outcomes;
}

std::vector<Result<void>> BucketStore::DeleteAll(const std::string& bucket,
                                                 std::span<const Doomed> objects) {
  return ByManyHands(objects.size(), [&](size_t i) {
    return Delete(bucket, objects[i].key, objects[i].condition);
  });
}

Result<void> FileBucketStore::Change(const BucketIndex::Change& change) {
  TL_TRY(files_.BeginWriting());
  return index_->Run(change);
}

Result<void> FileBucketStore::CreateBucket(const Bucket& bucket) {
  TL_TRY(CheckBucketName(bucket.name));
  Facts facts = bucket.facts;
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return Change([&](SqliteSession& db) -> Result<void> {
    auto insert = db.Query("INSERT OR IGNORE INTO buckets (name, created, facts) VALUES (?, ?, ?)");
    insert->Bind(bucket.name).Bind(clock_.Now()).BindBlob(EncodeFacts(facts));
    TL_TRY(insert->Step());
    if (db.changes() > 0) return {};
    return Fail(Code::kAlreadyExists, "bucket '{}': exists already", bucket.name);
  });
}

Result<Bucket> FileBucketStore::GetBucket(const std::string& name) {
  return index_->View([&](SqliteSession& db) -> Result<Bucket> {
    auto select = db.Query("SELECT created, facts FROM buckets WHERE name = ?");
    TL_ASSIGN(const bool found, select->Bind(name).Step());
    if (!found) return NoBucket(name);
    Bucket bucket{.name = name, .created = select->Int(0), .facts = {}};
    TL_ASSIGN(bucket.facts, DecodeFacts(select->Blob(1)));
    return bucket;
  });
}

Result<std::vector<Bucket>> FileBucketStore::ListBuckets() {
  return index_->View([](SqliteSession& db) -> Result<std::vector<Bucket>> {
    std::vector<Bucket> buckets;
    auto select = db.Query("SELECT name, created, facts FROM buckets ORDER BY name");
    while (true) {
      TL_ASSIGN(const bool row, select->Step());
      if (!row) return buckets;
      Bucket& bucket = buckets.emplace_back();
      bucket.name = select->Text(0);
      bucket.created = select->Int(1);
      TL_ASSIGN(bucket.facts, DecodeFacts(select->Blob(2)));
    }
  });
}

Result<void> FileBucketStore::SetBucketFact(const std::string& name, const std::string& kind,
                                            const std::string& value) {
  return Change([&](SqliteSession& db) -> Result<void> {
    Facts facts;
    {
      auto select = db.Query("SELECT facts FROM buckets WHERE name = ?");
      TL_ASSIGN(const bool found, select->Bind(name).Step());
      if (!found) return NoBucket(name);
      TL_ASSIGN(facts, DecodeFacts(select->Blob(0)));
    }
    facts.erase(kind);
    if (!value.empty()) facts.emplace(kind, value);
    auto update = db.Query("UPDATE buckets SET facts = ? WHERE name = ?");
    TL_TRY(update->BindBlob(EncodeFacts(facts)).Bind(name).Step());
    return {};
  });
}

Result<void> FileBucketStore::DeleteBucket(const std::string& name) {
  return Change([&](SqliteSession& db) -> Result<void> {
    TL_ASSIGN(const int64_t id, BucketId(db, name));
    {
      auto any = db.Query("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1");
      TL_ASSIGN(const bool found, any->Bind(id).Step());
      if (found) {
        return Fail(Code::kConflict, "bucket '{}': is not empty; delete its objects first", name);
      }
    }
    std::vector<std::string> uploads;
    {
      auto select = db.Query("SELECT id FROM uploads WHERE bucket = ?");
      select->Bind(id);
      while (true) {
        TL_ASSIGN(const bool row, select->Step());
        if (!row) break;
        uploads.push_back(select->Text(0));
      }
    }
    for (const std::string& upload : uploads) TL_TRY(DeleteUpload(db, upload, clock_.Now()));
    TL_TRY(db.Query("DELETE FROM buckets WHERE id = ?")->Bind(id).Step());
    return {};
  });
}

Result<std::unique_ptr<Upload>> FileBucketStore::Begin(const std::string& bucket) {
  TL_TRY(index_->View([&](SqliteSession& db) { return BucketId(db, bucket); }));
  return std::make_unique<FileUpload>(files_, bucket);
}

Result<void> FileBucketStore::Commit(FileUpload& upload, FileFolder* folder,
                                     const BucketIndex::Change& change) {
  const auto done = index_->Run(change, folder);
  if (done) {
    upload.Keep();
    return {};
  }
  if (done.error().code == Code::kOutcomeUnknown) {
    upload.Keep();
    files_.LeaveBehind();
  }
  return Fail(files_.Explained(done.error()));
}

Result<Object> FileBucketStore::Finish(std::unique_ptr<Upload> upload, const std::string& key,
                                       ObjectFacts facts, const WriteCondition& condition) {
  TL_TRY(CheckKey(key));
  FileUpload& bytes = AsFile(*upload);
  TL_ASSIGN(const Content content, bytes.Seal(key));
  FoundObject put{.object = {.key = key, .size = bytes.size(), .facts = std::move(facts)},
                  .content = content.number};
  const auto done = Commit(bytes, content.folder, [&](SqliteSession& db) -> Result<void> {
    put.object.modified = clock_.Now();
    TL_TRY(PutObject(db, bytes.bucket(), put, condition, files_.RemoveAt()));
    return InsertContent(db, content);
  });
  if (!done) return Fail(done.error());
  return std::move(put.object);
}

Result<Object> FileBucketStore::Head(const std::string& bucket, const std::string& key) {
  return index_->View([&](SqliteSession& db) -> Result<Object> {
    TL_ASSIGN(FoundObject found, FindObject(db, bucket, key));
    return std::move(found.object);
  });
}

Result<LocatedObject> FileBucketStore::Locate(const std::string& bucket, const std::string& key) {
  return index_->View([&](SqliteSession& db) -> Result<LocatedObject> {
    TL_ASSIGN(FoundObject found, FindObject(db, bucket, key));
    TL_ASSIGN(Stored stored, FindContent(db, found.content));
    LocatedObject located{.object = std::move(found.object), .version = found.content};
    located.small = std::move(stored.small);
    if (stored.path.empty()) return located;
    located.pin = files_.Pin(stored.path);
    located.path = files_.AbsolutePath(stored.path);
    return located;
  });
}

Result<OpenObject> FileBucketStore::Open(const std::string& bucket, const std::string& key) {
  TL_ASSIGN(LocatedObject located, Locate(bucket, key));
  OpenObject open{.object = std::move(located.object), .file = nullptr, .path = located.path};
  if (open.path.empty()) {
    open.file = std::make_shared<MemoryObject>(std::move(located.small));
    return open;
  }
  TL_ASSIGN(open.file, files_.fs().Open(open.path, OpenMode::kRead));
  return open;
}

Result<void> FileBucketStore::SetTags(const std::string& bucket, const std::string& key,
                                      const Facts& tags) {
  return Change([&](SqliteSession& db) -> Result<void> {
    TL_ASSIGN(const int64_t id, BucketId(db, bucket));
    auto update = db.Query("UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?");
    TL_TRY(update->BindBlob(EncodeFacts(tags)).Bind(id).BindBlob(key).Step());
    if (db.changes() == 0) return NoKey(bucket, key);
    return {};
  });
}

Result<void> FileBucketStore::Delete(const std::string& bucket, const std::string& key,
                                     const WriteCondition& condition) {
  return Change([&](SqliteSession& db) {
    return DeleteObject(db, bucket, key, condition, files_.RemoveAt());
  });
}

Result<std::unique_ptr<BucketStore>> OpenBucketStore(FileSystem& fs, const std::string& directory,
                                                     const Clock& clock,
                                                     const BucketOptions& options) {
  std::error_code error;
  const std::string root = std::filesystem::absolute(directory, error).lexically_normal().string();
  if (error) return Fail(Code::kInvalid, "'{}': {}", directory, error.message());
  TL_TRY(fs.MakeDirs(root));
  TL_ASSIGN(auto index, BucketIndex::Open(fs, root + "/index.db", clock));
  return std::make_unique<FileBucketStore>(fs, root, clock, options, std::move(index));
}

}  // namespace ticklake::store
