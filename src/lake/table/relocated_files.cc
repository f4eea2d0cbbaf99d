#include "lake/table/relocated_files.h"

namespace ticklake::lake {

bool RelocatedFiles::Rewrites(std::string_view key) {
  const size_t slash = key.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view folder = key.substr(0, slash);
  if (folder != "metadata" && !folder.ends_with("/metadata")) return false;
  if (key.ends_with(".avro")) return true;
  return key.ends_with(".metadata.json") && !key.ends_with(".gz.metadata.json");
}

Result<int64_t> RelocatedFiles::ManifestLength(const std::string& uri, int64_t listed) {
  const auto key = store_.KeyOf(uri);
  if (!key) return listed;  // of another store: it stays as it is
  const auto length = LengthOf(*key);
  if (!length && length.error().code == Code::kNotFound) return listed;  // of an expired snapshot
  return length;
}

Result<std::shared_ptr<const std::string>> RelocatedFiles::Get(const std::string& key) {
  if (auto kept = files_.Find(key)) return kept;
  TL_ASSIGN(std::string bytes, store_.Get(key));
  if (Rewrites(key) && key.ends_with(".json")) {
    TL_ASSIGN(bytes, iceberg::RelocateMetadata(bytes, relocation_));
  } else if (Rewrites(key)) {
    const auto length = [this](const std::string& uri, int64_t listed) {
      return ManifestLength(uri, listed);
    };
    TL_ASSIGN(bytes, iceberg::RelocateManifest(bytes, relocation_, length));
  }
  auto file = std::make_shared<const std::string>(std::move(bytes));
  files_.Insert(key, file, file->size());
  lengths_.Insert(key, std::make_shared<const int64_t>(file->size()), 1);
  return file;
}

Result<int64_t> RelocatedFiles::LengthOf(const std::string& key) {
  if (const auto known = lengths_.Find(key)) return *known;
  TL_ASSIGN(const auto file, Get(key));
  return static_cast<int64_t>(file->size());
}

}  // namespace ticklake::lake
