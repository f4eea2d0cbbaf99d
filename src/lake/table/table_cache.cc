#include "lake/table/table_cache.h"

#include "lake/iceberg/avro_codec.h"

namespace ticklake::lake {
namespace {

constexpr size_t kMetadataFiles = 32;        // half a megabyte each, with 100 snapshots
constexpr size_t kListedManifests = 50'000;  // a kept snapshot lists some dozens
constexpr size_t kManifestEntries = 20'000;  // about 2 kB each
constexpr std::string_view kGzipMagic = "\x1f\x8b";

}  // namespace

TableCache::TableCache(store::ObjectStore& store)
    : store_(store),
      metadata_(kMetadataFiles),
      lists_(kListedManifests),
      manifests_(kManifestEntries) {}

Result<std::string> TableCache::Read(const std::string& uri) {
  TL_ASSIGN(const std::string key, store_.KeyOf(uri));
  return store_.Get(key);
}

Result<std::shared_ptr<const iceberg::TableMetadata>> TableCache::Metadata(const std::string& uri) {
  if (auto known = metadata_.Find(uri)) return known;
  TL_ASSIGN(std::string bytes, Read(uri));
  if (bytes.starts_with(kGzipMagic)) {
    TL_ASSIGN(bytes, iceberg::Gunzip(bytes));
  }
  auto parsed = iceberg::ParseTableMetadata(bytes);
  if (!parsed) return Fail(parsed.error().Within(fmt::format("metadata file '{}'", uri)));
  auto metadata = std::make_shared<const iceberg::TableMetadata>(std::move(*parsed));
  Insert(uri, metadata);
  return metadata;
}

Result<std::shared_ptr<const ManifestList>> TableCache::List(const std::string& uri) {
  if (auto known = lists_.Find(uri)) return known;
  TL_ASSIGN(const std::string bytes, Read(uri));
  auto parsed = iceberg::ReadManifestList(bytes);
  if (!parsed) return Fail(parsed.error().Within(fmt::format("manifest list '{}'", uri)));
  auto list = std::make_shared<const ManifestList>(std::move(*parsed));
  Insert(uri, list);
  return list;
}

Result<std::shared_ptr<const ManifestEntries>> TableCache::Manifest(
    const iceberg::ManifestFile& file, const iceberg::PartitionSpec& spec) {
  if (auto known = manifests_.Find(file.path)) return known;
  TL_ASSIGN(const std::string bytes, Read(file.path));
  auto parsed = iceberg::ReadManifest(bytes, file, spec);
  if (!parsed) return Fail(parsed.error().Within(fmt::format("manifest '{}'", file.path)));
  auto entries = std::make_shared<const ManifestEntries>(std::move(*parsed));
  Insert(file.path, entries);
  return entries;
}

void TableCache::Forget(const std::string& uri) {
  metadata_.Erase(uri);
  lists_.Erase(uri);
  manifests_.Erase(uri);
}

void TableCache::Insert(const std::string& uri,
                        std::shared_ptr<const iceberg::TableMetadata> metadata) {
  metadata_.Insert(uri, std::move(metadata), 1);
}

void TableCache::Insert(const std::string& uri, std::shared_ptr<const ManifestList> list) {
  const size_t cost = list->size() + 1;
  lists_.Insert(uri, std::move(list), cost);
}

void TableCache::Insert(const std::string& uri, std::shared_ptr<const ManifestEntries> entries) {
  const size_t cost = entries->size() + 1;
  manifests_.Insert(uri, std::move(entries), cost);
}

}  // namespace ticklake::lake
