#include "store/buckets/file_upload.h"

#include <algorithm>

#include "store/buckets/bucket_format.h"

namespace ticklake::store {
namespace {

bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

}  // namespace

std::string ExtensionOf(std::string_view key) {
  constexpr size_t kLongest = 12;
  const std::string_view name = key.substr(key.rfind('/') + 1);
  size_t begin = name.size();
  for (int parts = 0; parts < 2 && begin > 0; ++parts) {
    const size_t dot = name.rfind('.', begin - 1);
    if (dot == std::string_view::npos || dot == 0) break;
    const std::string_view part = name.substr(dot + 1, begin - dot - 1);
    if (part.empty() || part.size() > kLongest || !IsPlain(part)) break;
    begin = dot;
  }
  return std::string(name.substr(begin));
}

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
