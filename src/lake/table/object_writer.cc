#include "lake/table/object_writer.h"

#include <charconv>
#include <cstdint>

#include "base/log.h"
#include "base/uuid.h"

namespace ticklake::lake {

ObjectWriter::ObjectWriter(store::ObjectStore& store, std::string location)
    : store_(store), location_(std::move(location)) {
  while (location_.ends_with('/')) location_.pop_back();
}

Result<std::string> ObjectWriter::PutMetadata(const std::string& name, std::string bytes) {
  std::string uri = location_ + "/metadata/" + name;
  TL_ASSIGN(std::string key, store_.KeyOf(uri));
  taken_.emplace_back(std::move(key), std::move(bytes));
  return uri;
}

Result<void> ObjectWriter::Flush() {
  std::vector<store::NewObject> objects;
  for (const auto& [key, bytes] : taken_) {
    objects.push_back({key, bytes});
    keys_.push_back(key);  // a Put that failed may still have left something
  }
  auto put = store_.PutAll(objects);
  taken_.clear();
  return put;
}

void ObjectWriter::TakeBack() {
  for (const std::string& key : keys_) {
    if (auto deleted = store_.Delete(key); !deleted) {
      spdlog::warn("object '{}' of a commit that was not made stays: {}", key,
                   deleted.error().message);
    }
  }
  keys_.clear();
}

void DeleteObjects(store::ObjectStore& store, const std::vector<std::string>& uris) {
  for (const std::string& uri : uris) {
    const auto key = store.KeyOf(uri);
    const auto deleted = key ? store.Delete(*key) : Result<void>(Fail(key.error()));
    if (!deleted) {
      spdlog::warn("object '{}' is no longer needed but stays: {}", uri, deleted.error().message);
    }
  }
}

std::optional<int32_t> MetadataNumber(std::string_view uri) {
  std::string_view name = uri.substr(uri.rfind('/') + 1);  // npos + 1 is 0
  if (!name.ends_with(".metadata.json")) return std::nullopt;
  if (name.starts_with('v')) name.remove_prefix(1);
  int32_t number = -1;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::string NextMetadataName(std::string_view previous_uri) {
  return fmt::format("{:05}-{}.metadata.json", MetadataNumber(previous_uri).value_or(-1) + 1,
                     Uuid::Random().ToString());
}

}  // namespace ticklake::lake
