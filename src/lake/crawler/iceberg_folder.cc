#include "lake/crawler/iceberg_folder.h"

#include <algorithm>
#include <charconv>

#include "lake/iceberg/avro_codec.h"

namespace ticklake::lake::crawler {
namespace {

constexpr std::string_view kHint = "version-hint.text";

std::string_view FileName(std::string_view key) { return key.substr(key.rfind('/') + 1); }

bool IsMetadata(std::string_view key) {
  return key.ends_with(".metadata.json") || key.ends_with(".metadata.json.gz");
}

// 41 of "v41.metadata.json" and "00041-<uuid>.metadata.json"; -1 without a number.
int64_t VersionOf(std::string_view key) {
  std::string_view name = FileName(key);
  if (name.starts_with('v')) name.remove_prefix(1);
  int64_t version = -1;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), version);
  return parsed.ec == std::errc() ? version : -1;
}

const store::ObjectInfo* Hinted(store::ObjectStore& store,
                                const std::vector<store::ObjectInfo>& objects) {
  const auto hint = std::ranges::find_if(
      objects, [](const auto& object) { return FileName(object.key) == kHint; });
  if (hint == objects.end() || hint->size > 100) return nullptr;
  const auto text = store.Get(hint->key);
  if (!text) return nullptr;
  int64_t version = -1;
  if (std::from_chars(text->data(), text->data() + text->size(), version).ec != std::errc()) {
    return nullptr;
  }
  const auto named = std::ranges::find_if(objects, [version](const auto& object) {
    return IsMetadata(object.key) && VersionOf(object.key) == version;
  });
  return named == objects.end() ? nullptr : &*named;
}

}  // namespace

bool HasIcebergMetadata(const std::vector<store::ObjectInfo>& objects) {
  return std::ranges::any_of(objects, [](const auto& object) { return IsMetadata(object.key); });
}

std::expected<IcebergFacts, Rejection> ReadIceberg(store::ObjectStore& store,
                                                   const std::vector<store::ObjectInfo>& objects) {
  constexpr uint64_t kMaxMetadata = 256ULL << 20;
  const store::ObjectInfo* chosen = Hinted(store, objects);
  const bool hinted = chosen != nullptr;
  for (const store::ObjectInfo& object : objects) {
    if (hinted || !IsMetadata(object.key)) continue;
    if (chosen == nullptr || VersionOf(object.key) >= VersionOf(chosen->key)) chosen = &object;
  }
  if (chosen == nullptr) return std::unexpected(Rejection{"an Iceberg table without metadata", ""});
  if (chosen->size > kMaxMetadata) {
    return std::unexpected(
        Rejection{"an Iceberg table that cannot be read here", "its metadata is too large"});
  }
  auto text = store.Get(chosen->key);
  if (text && text->starts_with("\x1f\x8b")) text = iceberg::Gunzip(*text);
  auto metadata = text ? iceberg::ParseTableMetadata(*text)
                       : Result<iceberg::TableMetadata>(std::unexpected(text.error()));
  if (!metadata) {
    return std::unexpected(
        Rejection{"an Iceberg table that cannot be read here",
                  fmt::format("{}: {}", FileName(chosen->key), metadata.error().message)});
  }
  IcebergFacts facts{.metadata_uri = store.UriOf(chosen->key), .metadata = std::move(*metadata)};
  facts.why =
      fmt::format("Iceberg: metadata/{} is {}", FileName(chosen->key),
                  hinted ? "the version that version-hint.text names" : "the newest version");
  return facts;
}

}  // namespace ticklake::lake::crawler
