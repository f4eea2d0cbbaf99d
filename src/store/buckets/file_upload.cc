#include "store/buckets/file_upload.h"

#include "store/buckets/bucket_format.h"
#include "store/read_cache.h"

namespace ticklake::store {
FileUpload::~FileUpload() {
  if (file_.file && !kept_) files_.Discard(file_.path);
}

Result<void> FileUpload::Append(std::string_view data) {
  if (failed_) return Fail(*failed_);
  size_ += data.size();
  if (!file_.file && size_ <= kSmallObject) {
    small_ += data;
    return {};
  }
  const auto written = Write(data);
  if (!written) failed_ = files_.Explained(written.error());
  if (failed_) return Fail(*failed_);
  return {};
}

Result<void> FileUpload::Write(std::string_view data) {
  if (!file_.file) {
    TL_ASSIGN(file_, files_.Create(bucket_));
    TL_TRY(file_.file->Append(small_));
    small_ = {};
  }
  return file_.file->Append(data);
}

Result<Content> FileUpload::Seal(const std::string& key) {
  if (failed_) return Fail(*failed_);
  Content content;
  if (!file_.file) {
    TL_ASSIGN(content.number, files_.NextContent());
    content.small = std::move(small_);
    return content;
  }
  if (const auto synced = file_.file->Sync(); !synced) {
    return Fail(files_.Explained(synced.error()));
  }
  if (const std::string extension = ExtensionOf(key); !extension.empty()) {
    TL_TRY(files_.AddExtension(file_, extension));
  }
  content.number = file_.content;
  content.path = file_.path;
  content.folder = file_.folder.get();
  return content;
}

}  // namespace ticklake::store
