// The rows of the bucket index: what is read from it and changed in it, within a transaction.
//
// Threading: as the session. Does not: touch files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sqlite.h"
#include "store/buckets/bucket_store.h"
#include "store/buckets/file_upload.h"

namespace ticklake::store {

std::unexpected<Error> NoBucket(const std::string& name);
std::unexpected<Error> NoKey(const std::string& bucket, const std::string& key);
std::unexpected<Error> NoUpload(const std::string& id);

/// kNotFound.
Result<int64_t> BucketId(SqliteSession& db, const std::string& name);

/// Where bytes are.
struct Stored {
  std::string small;
  std::string path;  ///< "": they are in `small`
};
Result<Stored> FindContent(SqliteSession& db, int64_t content);
Result<void> InsertContent(SqliteSession& db, const Content& content);
/// Forgets a small content; the file of another one goes at that time.
Result<void> RetireContent(SqliteSession& db, int64_t content, Nanos remove_at);

struct FoundObject {
  Object object;
  int64_t content = 0;
};
/// kNotFound, naming bucket or key.
Result<FoundObject> FindObject(SqliteSession& db, const std::string& bucket,
                               const std::string& key);
/// kConflict: the condition does not hold; kNotFound: no bucket, or nothing to match.
Result<void> PutObject(SqliteSession& db, const std::string& bucket, const FoundObject& object,
                       const WriteCondition& condition, Nanos remove_at);
Result<void> DeleteObject(SqliteSession& db, const std::string& bucket, const std::string& key,
                          const WriteCondition& condition, Nanos remove_at);

/// kNotFound.
Result<MultipartUpload> FindUpload(SqliteSession& db, const std::string& bucket,
                                   const std::string& id);
struct FoundPart {
  Part part;
  int64_t content = 0;
};
Result<std::vector<FoundPart>> FindParts(SqliteSession& db, const std::string& upload);
/// With all of its parts.
Result<void> DeleteUpload(SqliteSession& db, const std::string& upload, Nanos remove_at);

}  // namespace ticklake::store
