// Uploads in parts: each part a content of its own, until all become one object.

#include <algorithm>
#include <utility>

#include "base/uuid.h"
#include "store/buckets/facts_codec.h"
#include "store/buckets/file_bucket_store.h"

namespace ticklake::store {
namespace {

constexpr size_t kCopiedAtOnce = 1 << 20;

// The parts that were asked for, in that order.
Result<std::vector<FoundPart>> Choose(const std::vector<FoundPart>& all,
                                      const std::vector<int32_t>& numbers, const std::string& id) {
  std::vector<FoundPart> chosen;
  for (const int32_t number : numbers) {
    const auto found = std::ranges::lower_bound(
        all, number, {}, [](const FoundPart& part) { return part.part.number; });
    if (found == all.end() || found->part.number != number) {
      return Fail(Code::kInvalid, "multipart upload '{}': part {} was not uploaded", id, number);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

Result<MultipartUpload> FileBucketStore::BeginMultipart(const std::string& bucket,
                                                        const std::string& key, ObjectFacts facts) {
  MultipartUpload upload{.id = Uuid::Random().ToString(), .key = key, .facts = std::move(facts)};
  const auto begun = Change([&](SqliteSession& db) -> Result<void> {
    TL_ASSIGN(const int64_t id, BucketId(db, bucket));
    upload.initiated = clock_.Now();
    auto insert = db.Query(
        "INSERT INTO uploads (id, bucket, key, initiated, checksums, tags, headers, metadata) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert->Bind(upload.id).Bind(id).BindBlob(key).Bind(upload.initiated);
    insert->BindBlob(EncodeFacts(upload.facts.checksums)).BindBlob(EncodeFacts(upload.facts.tags));
    insert->BindBlob(EncodeFacts(upload.facts.headers));
    TL_TRY(insert->BindBlob(EncodeFacts(upload.facts.metadata)).Step());
    return {};
  });
  if (!begun) return Fail(begun.error());
  return upload;
}

Result<MultipartUpload> FileBucketStore::GetMultipart(const std::string& bucket,
                                                      const std::string& id) {
  return index_->View([&](SqliteSession& db) { return FindUpload(db, bucket, id); });
}

Result<Part> FileBucketStore::FinishPart(std::unique_ptr<Upload> bytes,
                                         const MultipartUpload& upload, Part part) {
  auto& file = static_cast<FileUpload&>(*bytes);
  TL_ASSIGN(const Content content, file.Seal(""));
  part.size = file.size();
  const auto done = Commit(file, content.folder, [&](SqliteSession& db) -> Result<void> {
    TL_TRY(FindUpload(db, file.bucket(), upload.id));
    part.modified = clock_.Now();
    {
      auto select = db.Query("SELECT content FROM parts WHERE upload = ? AND number = ?");
      TL_ASSIGN(const bool found, select->Bind(upload.id).Bind(part.number).Step());
      if (found) TL_TRY(RetireContent(db, select->Int(0), clock_.Now()));
    }
    auto insert = db.Query(
        "INSERT OR REPLACE INTO parts (upload, number, size, modified, etag, content, checksums) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    insert->Bind(upload.id).Bind(part.number).Bind(static_cast<int64_t>(part.size));
    insert->Bind(part.modified).Bind(part.etag).Bind(content.number);
    TL_TRY(insert->BindBlob(EncodeFacts(part.checksums)).Step());
    return InsertContent(db, content);
  });
  if (!done) return Fail(done.error());
  return part;
}

Result<std::vector<Part>> FileBucketStore::ListParts(const std::string& bucket,
                                                     const std::string& id) {
  return index_->View([&](SqliteSession& db) -> Result<std::vector<Part>> {
    TL_TRY(FindUpload(db, bucket, id));
    TL_ASSIGN(auto found, FindParts(db, id));
    std::vector<Part> parts;
    parts.reserve(found.size());
    for (FoundPart& part : found) parts.push_back(std::move(part.part));
    return parts;
  });
}

Result<std::vector<MultipartUpload>> FileBucketStore::ListMultiparts(const std::string& bucket) {
  return index_->View([&](SqliteSession& db) -> Result<std::vector<MultipartUpload>> {
    TL_ASSIGN(const int64_t id, BucketId(db, bucket));
    std::vector<std::string> ids;
    {
      auto select = db.Query("SELECT id FROM uploads WHERE bucket = ? ORDER BY key, initiated, id");
      select->Bind(id);
      while (true) {
        TL_ASSIGN(const bool row, select->Step());
        if (!row) break;
        ids.push_back(select->Text(0));
      }
    }
    std::vector<MultipartUpload> uploads;
    uploads.reserve(ids.size());
    for (const std::string& upload : ids) {
      TL_ASSIGN(uploads.emplace_back(), FindUpload(db, bucket, upload));
    }
    return uploads;
  });
}

Result<void> FileBucketStore::AppendPart(FileUpload& to, int64_t content) {
  TL_ASSIGN(const Stored stored,
            index_->View([&](SqliteSession& db) { return FindContent(db, content); }));
  if (stored.path.empty()) return to.Append(stored.small);
  TL_ASSIGN(const auto from, files_.fs().Open(files_.AbsolutePath(stored.path), OpenMode::kRead));
  std::string buffer(kCopiedAtOnce, '\0');
  for (uint64_t offset = 0;;) {
    TL_ASSIGN(const size_t got, from->ReadAt(offset, buffer.data(), buffer.size()));
    if (got == 0) return {};
    TL_TRY(to.Append(std::string_view(buffer).substr(0, got)));
    offset += got;
  }
}

Result<Object> FileBucketStore::CompleteMultipart(const std::string& bucket, const std::string& id,
                                                  const std::vector<int32_t>& parts,
                                                  ObjectFacts facts,
                                                  const WriteCondition& condition) {
  MultipartUpload upload;
  const auto chosen = index_->View([&](SqliteSession& db) -> Result<std::vector<FoundPart>> {
    TL_ASSIGN(upload, FindUpload(db, bucket, id));
    TL_ASSIGN(const auto all, FindParts(db, id));
    return Choose(all, parts, id);
  });
  if (!chosen) return Fail(chosen.error());
  FileUpload whole(files_, bucket);
  FoundObject put{.object = {.key = upload.key, .facts = std::move(facts)}};
  for (const FoundPart& part : *chosen) {
    const auto copied = AppendPart(whole, part.content);
    if (!copied && copied.error().code == Code::kCorrupt) return NoUpload(id);
    TL_TRY(copied);
    put.object.parts.push_back(part.part.size);
  }
  TL_ASSIGN(const Content content, whole.Seal(upload.key));
  put.object.size = whole.size();
  put.content = content.number;
  const auto done = Commit(whole, content.folder, [&](SqliteSession& db) -> Result<void> {
    TL_TRY(FindUpload(db, bucket, id));
    TL_ASSIGN(const auto all, FindParts(db, id));
    TL_ASSIGN(const auto now, Choose(all, parts, id));
    for (size_t i = 0; i < now.size(); ++i) {
      if (now[i].content == (*chosen)[i].content) continue;
      return Fail(Code::kConflict, "multipart upload '{}': part {} was replaced meanwhile", id,
                  parts[i]);
    }
    put.object.modified = clock_.Now();
    TL_TRY(PutObject(db, bucket, put, condition, files_.RemoveAt()));
    TL_TRY(DeleteUpload(db, id, clock_.Now()));
    return InsertContent(db, content);
  });
  if (!done) return Fail(done.error());
  return std::move(put.object);
}

Result<void> FileBucketStore::AbortMultipart(const std::string& bucket, const std::string& id) {
  return Change([&](SqliteSession& db) -> Result<void> {
    TL_TRY(FindUpload(db, bucket, id));
    return DeleteUpload(db, id, clock_.Now());
  });
}

}  // namespace ticklake::store
