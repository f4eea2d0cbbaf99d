// LakeBucket: the lake's own objects as the one bucket of a BucketStore, to be read and added to.
//
// Keys are the object store's own ("market/trades/metadata/v1.metadata.json"). Facts that a lake
// does not keep are derived: the ETag from key, size and time (in the form of a multipart one, so
// that nobody takes it for an MD5; of a file that was put here it is the one of the put, while this
// process remembers it), the content type from the name. Metadata files of tables are
// shown with the paths that they have in this bucket. Threading: safe from any thread. A new
// file of a table is taken, for an Iceberg commit that is to follow: it is put together in a store
// of its own and appears in the lake whole, once. A writer may take back what it made and did not
// commit, and clear away a table that it dropped. Errors: every other write is kAuth, which says
// why. Does not: replace.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "lake/table/relocated_files.h"
#include "lake/table/table_cache.h"
#include "store/buckets/bucket_store.h"
#include "store/object_store.h"

namespace ticklake::aws::s3 {

/// How other writers change the lake.
struct LakeWrites {
  store::BucketStore* staging = nullptr;  ///< of uploads only; nullptr: nothing new is taken
  /// kAuth, with the reason, unless a file of that key is a table's.
  std::function<Result<void>(const std::string& key)> may_create = {};
  /// kAuth, with the reason, unless nothing needs it any more. `taken`: it was made here, and this
  /// process remembers it. Safe from any thread.
  using MayDelete = std::function<Result<void>(const std::string& key, bool taken)>;
  /// A new one for each request, all keys of which are judged by what it finds out once.
  std::function<MayDelete()> deletions = {};
};

class LakeBucket : public store::BucketStore {
 public:
  static constexpr size_t kMaxTaken = 10'000;          ///< files that are remembered
  static constexpr uint64_t kMaxNewFile = 1ULL << 30;  ///< bytes: it is held in memory for a moment

  /// `lake` and what `writes` has outlive it; `created` is told as the bucket's.
  LakeBucket(std::string name, store::ObjectStore& lake, LakeWrites writes = {}, Nanos created = 0);

  /// Removes what was staged when an earlier process died, which nobody can finish; multipart
  /// uploads that are open go on. Once, before the first write, or when it is called.
  Result<void> Recover();

  Result<void> CreateBucket(const store::Bucket& bucket) override;
  Result<store::Bucket> GetBucket(const std::string& name) override;
  Result<std::vector<store::Bucket>> ListBuckets() override;
  Result<void> SetBucketFact(const std::string& name, const std::string& kind,
                             const std::string& value) override;
  Result<void> DeleteBucket(const std::string& name) override;
  Result<std::unique_ptr<store::Upload>> Begin(const std::string& bucket) override;
  Result<store::Object> Finish(std::unique_ptr<store::Upload> upload, const std::string& key,
                               store::ObjectFacts facts,
                               const store::WriteCondition& condition) override;
  Result<store::Object> Head(const std::string& bucket, const std::string& key) override;
  Result<store::OpenObject> Open(const std::string& bucket, const std::string& key) override;
  Result<void> SetTags(const std::string& bucket, const std::string& key,
                       const store::Facts& tags) override;
  Result<void> Delete(const std::string& bucket, const std::string& key,
                      const store::WriteCondition& condition) override;
  std::vector<Result<void>> DeleteAll(const std::string& bucket,
                                      std::span<const store::Doomed> objects) override;
  Result<store::ListPage> List(const std::string& bucket,
                               const store::ListRequest& request) override;
  Result<store::MultipartUpload> BeginMultipart(const std::string& bucket, const std::string& key,
                                                store::ObjectFacts facts) override;
  Result<store::MultipartUpload> GetMultipart(const std::string& bucket,
                                              const std::string& id) override;
  Result<store::Part> FinishPart(std::unique_ptr<store::Upload> bytes,
                                 const store::MultipartUpload& upload, store::Part part) override;
  Result<std::vector<store::Part>> ListParts(const std::string& bucket,
                                             const std::string& id) override;
  Result<std::vector<store::MultipartUpload>> ListMultiparts(const std::string& bucket) override;
  Result<store::Object> CompleteMultipart(const std::string& bucket, const std::string& id,
                                          const std::vector<int32_t>& parts,
                                          store::ObjectFacts facts,
                                          const store::WriteCondition& condition) override;
  Result<void> AbortMultipart(const std::string& bucket, const std::string& id) override;

 private:
  Result<void> DeleteOne(const std::string& bucket, const store::Doomed& object,
                         const LakeWrites::MayDelete& may_delete);
  std::unexpected<Error> ReadOnly(std::string_view what) const;
  // What is shown of an object: its length may be another one than the lake's.
  Result<store::ObjectInfo> Shown(const std::string& key);

  Result<void> CheckNew(const std::string& key, const store::WriteCondition& condition);
  /// Moves a whole object, as `staged`, from the staging store into the lake.
  Result<store::Object> TakeIn(const store::Object& staged, const store::WriteCondition& condition);

  /// A file that was put with these bytes, and its ETag unless it is shown with others.
  Result<void> Remember(const std::string& key, const std::string& etag, const std::string& put);
  store::Object Describe(const store::ObjectInfo& info);

  const std::string name_;
  store::ObjectStore& lake_;
  lake::RelocatedFiles relocated_;
  lake::LruCache<std::string> taken_{kMaxTaken};  // ETags of puts; "": it is shown with others
  const LakeWrites writes_;
  const Nanos created_;
  std::mutex recovering_;
  bool recovered_ = false;
  std::mutex taking_;  // one file at a time is in memory
};

}  // namespace ticklake::aws::s3
