#include "store/buckets/bucket_rows.h"

#include <utility>

#include "store/buckets/facts_codec.h"

namespace ticklake::store {
namespace {

// What is there under a key, as conditions and replacement need it.
struct Present {
  std::string etag;
  int64_t content = 0;
  Nanos modified = 0;
};

Result<std::optional<Present>> FindPresent(SqliteSession& db, int64_t bucket,
                                           const std::string& key) {
  auto select =
      db.Query("SELECT etag, content, modified FROM objects WHERE bucket = ? AND key = ?");
  TL_ASSIGN(const bool found, select->Bind(bucket).BindBlob(key).Step());
  if (!found) return std::optional<Present>();
  return Present{.etag = select->Text(0), .content = select->Int(1), .modified = select->Int(2)};
}

Result<void> Check(const WriteCondition& condition, const std::optional<Present>& present,
                   const std::string& bucket, const std::string& key) {
  if (condition.if_absent && present) {
    return Fail(Code::kConflict, "object '{}' of bucket '{}': exists already", key, bucket);
  }
  if (condition.if_modified_at && (!present || present->modified != *condition.if_modified_at)) {
    return Fail(Code::kConflict, "object '{}' of bucket '{}': was replaced or deleted", key,
                bucket);
  }
  if (!condition.if_match) return {};
  if (!present) return NoKey(bucket, key);
  if (*condition.if_match != "*" && *condition.if_match != present->etag) {
    return Fail(Code::kConflict, "object '{}' of bucket '{}': its ETag is '{}', not '{}'", key,
                bucket, present->etag, *condition.if_match);
  }
  return {};
}

// The five columns of facts that objects and uploads share begin at `first`.
Result<void> ReadFacts(const SqliteStatement& row, int first, ObjectFacts& facts) {
  TL_ASSIGN(facts.checksums, DecodeFacts(row.Blob(first)));
  TL_ASSIGN(facts.tags, DecodeFacts(row.Blob(first + 1)));
  TL_ASSIGN(facts.headers, DecodeFacts(row.Blob(first + 2)));
  TL_ASSIGN(facts.metadata, DecodeFacts(row.Blob(first + 3)));
  return {};
}

}  // namespace

std::unexpected<Error> NoBucket(const std::string& name) {
  return Fail(Code::kNotFound, "bucket '{}': does not exist; create it first", name);
}

std::unexpected<Error> NoKey(const std::string& bucket, const std::string& key) {
  return Fail(Code::kNotFound, "object '{}' of bucket '{}': does not exist", key, bucket);
}

std::unexpected<Error> NoUpload(const std::string& id) {
  return Fail(Code::kNotFound,
              "multipart upload '{}': does not exist; it was completed or aborted, or never begun",
              id);
}

Result<int64_t> BucketId(SqliteSession& db, const std::string& name) {
  auto select = db.Query("SELECT id FROM buckets WHERE name = ?");
  TL_ASSIGN(const bool found, select->Bind(name).Step());
  if (!found) return NoBucket(name);
  return select->Int(0);
}

Result<Stored> FindContent(SqliteSession& db, int64_t content) {
  Stored stored;
  {
    auto small = db.Query("SELECT data FROM small WHERE content = ?");
    TL_ASSIGN(const bool found, small->Bind(content).Step());
    if (found) {
      stored.small = small->Blob(0);
      return stored;
    }
  }
  auto file = db.Query("SELECT path FROM files WHERE content = ?");
  TL_ASSIGN(const bool found, file->Bind(content).Step());
  if (!found) {
    return Fail(Code::kCorrupt, "bucket index: content {} is missing; restore it from a copy",
                content);
  }
  stored.path = file->Text(0);
  return stored;
}

Result<void> InsertContent(SqliteSession& db, const Content& content) {
  if (content.path.empty()) {
    auto small = db.Query("INSERT INTO small (content, data) VALUES (?, ?)");
    TL_TRY(small->Bind(content.number).BindBlob(content.small).Step());
    return {};
  }
  auto file = db.Query("INSERT INTO files (content, path) VALUES (?, ?)");
  TL_TRY(file->Bind(content.number).Bind(content.path).Step());
  return {};
}

Result<void> RetireContent(SqliteSession& db, int64_t content, Nanos remove_at) {
  TL_TRY(db.Query("DELETE FROM small WHERE content = ?")->Bind(content).Step());
  if (db.changes() > 0) return {};
  auto file = db.Query("UPDATE files SET remove_at = ? WHERE content = ?");
  TL_TRY(file->Bind(remove_at).Bind(content).Step());
  return {};
}

Result<FoundObject> FindObject(SqliteSession& db, const std::string& bucket,
                               const std::string& key) {
  TL_ASSIGN(const int64_t id, BucketId(db, bucket));
  auto select = db.Query(
      "SELECT size, modified, etag, content, parts, checksums, tags, headers, metadata FROM "
      "objects "
      "WHERE bucket = ? AND key = ?");
  TL_ASSIGN(const bool row, select->Bind(id).BindBlob(key).Step());
  if (!row) return NoKey(bucket, key);
  FoundObject found;
  Object& object = found.object;
  object.key = key;
  object.size = static_cast<uint64_t>(select->Int(0));
  object.modified = select->Int(1);
  object.facts.etag = select->Text(2);
  found.content = select->Int(3);
  TL_ASSIGN(object.parts, DecodeSizes(select->Blob(4)));
  TL_TRY(ReadFacts(*select.operator->(), 5, object.facts));
  return found;
}

Result<void> PutObject(SqliteSession& db, const std::string& bucket, const FoundObject& put,
                       const WriteCondition& condition, Nanos remove_at) {
  const Object& object = put.object;
  TL_ASSIGN(const int64_t id, BucketId(db, bucket));
  TL_ASSIGN(const auto present, FindPresent(db, id, object.key));
  TL_TRY(Check(condition, present, bucket, object.key));
  if (present) TL_TRY(RetireContent(db, present->content, remove_at));
  auto insert = db.Query(
      "INSERT OR REPLACE INTO objects (bucket, key, size, modified, etag, content, parts, "
      "checksums, tags, headers, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert->Bind(id).BindBlob(object.key).Bind(static_cast<int64_t>(object.size));
  insert->Bind(object.modified).Bind(object.facts.etag).Bind(put.content);
  insert->BindBlob(EncodeSizes(object.parts)).BindBlob(EncodeFacts(object.facts.checksums));
  insert->BindBlob(EncodeFacts(object.facts.tags)).BindBlob(EncodeFacts(object.facts.headers));
  TL_TRY(insert->BindBlob(EncodeFacts(object.facts.metadata)).Step());
  return {};
}

Result<void> DeleteObject(SqliteSession& db, const std::string& bucket, const std::string& key,
                          const WriteCondition& condition, Nanos remove_at) {
  TL_ASSIGN(const int64_t id, BucketId(db, bucket));
  TL_ASSIGN(const auto present, FindPresent(db, id, key));
  TL_TRY(Check(condition, present, bucket, key));
  if (!present) return {};
  TL_TRY(RetireContent(db, present->content, remove_at));
  auto remove = db.Query("DELETE FROM objects WHERE bucket = ? AND key = ?");
  TL_TRY(remove->Bind(id).BindBlob(key).Step());
  return {};
}

Result<MultipartUpload> FindUpload(SqliteSession& db, const std::string& bucket,
                                   const std::string& id) {
  TL_ASSIGN(const int64_t bucket_id, BucketId(db, bucket));
  auto select = db.Query(
      "SELECT key, initiated, checksums, tags, headers, metadata FROM uploads "
      "WHERE id = ? AND bucket = ?");
  TL_ASSIGN(const bool found, select->Bind(id).Bind(bucket_id).Step());
  if (!found) return NoUpload(id);
  MultipartUpload upload{.id = id, .key = std::string(select->Blob(0)), .facts = {}};
  upload.initiated = select->Int(1);
  TL_TRY(ReadFacts(*select.operator->(), 2, upload.facts));
  return upload;
}

Result<std::vector<FoundPart>> FindParts(SqliteSession& db, const std::string& upload) {
  auto select = db.Query(
      "SELECT number, size, modified, etag, checksums, content FROM parts WHERE upload = ? "
      "ORDER BY number");
  select->Bind(upload);
  std::vector<FoundPart> parts;
  while (true) {
    TL_ASSIGN(const bool row, select->Step());
    if (!row) return parts;
    FoundPart& found = parts.emplace_back();
    found.part.number = static_cast<int32_t>(select->Int(0));
    found.part.size = static_cast<uint64_t>(select->Int(1));
    found.part.modified = select->Int(2);
    found.part.etag = select->Text(3);
    TL_ASSIGN(found.part.checksums, DecodeFacts(select->Blob(4)));
    found.content = select->Int(5);
  }
}

Result<void> DeleteUpload(SqliteSession& db, const std::string& upload, Nanos remove_at) {
  TL_ASSIGN(const auto parts, FindParts(db, upload));
  for (const FoundPart& part : parts) TL_TRY(RetireContent(db, part.content, remove_at));
  TL_TRY(db.Query("DELETE FROM parts WHERE upload = ?")->Bind(upload).Step());
  TL_TRY(db.Query("DELETE FROM uploads WHERE id = ?")->Bind(upload).Step());
  return {};
}

}  // namespace ticklake::store
