// FileUpload: an Upload: in memory while it is small, then a file.
//
// Threading: one thread at a time. Invariant: its file is removed with it, unless Keep was called.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/buckets/blob_files.h"
#include "store/buckets/bucket_store.h"

namespace ticklake::store {

/// Bytes that are on disk, or will be with the index.
struct Content {
  int64_t number = 0;
  std::string small;  ///< its bytes, unless it is a file
  std::string path;   ///< "": small
  FileFolder* folder = nullptr;
};

class FileUpload final : public Upload {
 public:
  /// `files` outlives it.
  FileUpload(BlobFiles& files, std::string bucket) : files_(files), bucket_(std::move(bucket)) {}
  ~FileUpload() override;

  Result<void> Append(std::string_view data) override;
  uint64_t size() const override { return size_; }
  const std::string& bucket() const { return bucket_; }

  /// Makes the bytes durable; those of a file get the extension that `key` has.
  Result<Content> Seal(const std::string& key);
  /// The index has the file now, or may have it.
  void Keep() { kept_ = true; }

 private:
  Result<void> Write(std::string_view data);

  BlobFiles& files_;
  const std::string bucket_;
  uint64_t size_ = 0;
  std::string small_;
  NewFile file_;  // file_.file: made
  bool kept_ = false;
  std::optional<Error> failed_;
};

}  // namespace ticklake::store
