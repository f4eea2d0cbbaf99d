// FileBucketStore: the BucketStore over an index and files. Its parts stand in bucket_store.cc,
// multipart.cc and listing.cc.
//
// A write is: bytes to a new file, synced; then one transaction that names it in the place of what
// was there. Threading and invariants: as BucketStore.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/buckets/blob_files.h"
#include "store/buckets/bucket_index.h"
#include "store/buckets/bucket_rows.h"
#include "store/buckets/bucket_store.h"
#include "store/buckets/file_upload.h"

namespace ticklake::store {

class FileBucketStore final : public BucketStore {
 public:
  FileBucketStore(FileSystem& fs, const std::string& directory, const Clock& clock,
                  const BucketOptions& options, std::unique_ptr<BucketIndex> index)
      : clock_(clock), index_(std::move(index)), files_(fs, directory, *index_, clock, options) {}

  Result<void> CreateBucket(const Bucket& bucket) override;
  Result<Bucket> GetBucket(const std::string& name) override;
  Result<std::vector<Bucket>> ListBuckets() override;
  Result<void> SetBucketFact(const std::string& name, const std::string& kind,
                             const std::string& value) override;
  Result<void> DeleteBucket(const std::string& name) override;

  Result<std::unique_ptr<Upload>> Begin(const std::string& bucket) override;
  Result<Object> Finish(std::unique_ptr<Upload> upload, const std::string& key, ObjectFacts facts,
                        const WriteCondition& condition) override;
  Result<Object> Head(const std::string& bucket, const std::string& key) override;
  Result<OpenObject> Open(const std::string& bucket, const std::string& key) override;
  Result<LocatedObject> Locate(const std::string& bucket, const std::string& key) override;
  std::string FolderOf(const std::string& bucket) const override {
    return files_.AbsolutePath(bucket);
  }
  Result<void> SetTags(const std::string& bucket, const std::string& key,
                       const Facts& tags) override;
  Result<void> Delete(const std::string& bucket, const std::string& key,
                      const WriteCondition& condition) override;
  Result<ListPage> List(const std::string& bucket, const ListRequest& request) override;

  Result<MultipartUpload> BeginMultipart(const std::string& bucket, const std::string& key,
                                         ObjectFacts facts) override;
  Result<MultipartUpload> GetMultipart(const std::string& bucket, const std::string& id) override;
  Result<Part> FinishPart(std::unique_ptr<Upload> bytes, const MultipartUpload& upload,
                          Part part) override;
  Result<std::vector<Part>> ListParts(const std::string& bucket, const std::string& id) override;
  Result<std::vector<MultipartUpload>> ListMultiparts(const std::string& bucket) override;
  Result<Object> CompleteMultipart(const std::string& bucket, const std::string& id,
                                   const std::vector<int32_t>& parts, ObjectFacts facts,
                                   const WriteCondition& condition) override;
  Result<void> AbortMultipart(const std::string& bucket, const std::string& id) override;

 private:
  /// Names the sealed bytes of `upload` in the index by `change`.
  Result<void> Commit(FileUpload& upload, FileFolder* folder, const BucketIndex::Change& change);
  Result<void> Change(const BucketIndex::Change& change);
  Result<void> AppendPart(FileUpload& to, int64_t content);

  const Clock& clock_;
  const std::unique_ptr<BucketIndex> index_;
  BlobFiles files_;
};

}  // namespace ticklake::store
