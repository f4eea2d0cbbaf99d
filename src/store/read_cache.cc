#include "store/read_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ticklake::store {
namespace {

constexpr int kProcesses = 1000;

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

Result<std::unique_ptr<ReadCache>> ReadCache::Open(FileSystem& fs, const std::string& directory,
                                                   uint64_t limit) {
  TL_TRY(fs.MakeDirs(directory));
  for (int number = 1; number <= kProcesses; ++number) {
    const std::string folder = fmt::format("{}/{}", directory, number);
    auto lock = fs.Lock(folder + ".lock");
    if (!lock && lock.error().code == Code::kConflict) continue;
    if (!lock) return Fail(lock.error());
    TL_TRY(fs.RemoveAll(folder));
    TL_TRY(fs.MakeDirs(folder));
    return std::unique_ptr<ReadCache>(new ReadCache(fs, folder, std::move(*lock), limit));
  }
  return Fail(Code::kConflict, "{}: in use by {} processes; end some of them", directory,
              kProcesses);
}

ReadCache::~ReadCache() { (void)fs_.RemoveAll(folder_); }

LocalFile ReadCache::Use(Place& place) {
  place.used = ++uses_;
  return {.path = place.entry->path, .folder = folder_, .pin = place.entry};
}

Result<LocalFile> ReadCache::Get(const std::string& identity, const std::string& extension,
                                 const Fill& fill) {
  std::string path;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = places_.find(identity); known != places_.end()) {
      return Use(known->second);
    }
    path = fmt::format("{}/{}{}", folder_, ++files_, extension);
  }
  const auto filled = [&]() -> Result<uint64_t> {
    TL_ASSIGN(const auto file, fs_.Open(path, OpenMode::kCreateNew));
    TL_TRY(fill(*file));
    return file->Size();
  }();
  if (!filled) {
    (void)fs_.Remove(path);
    return Fail(filled.error());
  }
  const std::lock_guard lock(mutex_);
  const auto [at, added] = places_.try_emplace(identity);
  if (!added) {  // another thread was faster
    (void)fs_.Remove(path);
    return Use(at->second);
  }
  at->second.entry = std::make_shared<const Entry>(Entry{path, *filled});
  bytes_ += *filled;
  LocalFile file = Use(at->second);
  Shrink();
  return file;
}

// A tenth more than must go, so that it is not done at every file.
void ReadCache::Shrink() {
  if (bytes_ <= limit_) return;
  std::vector<std::pair<uint64_t, std::string>> unused;
  for (const auto& [identity, place] : places_) {
    if (place.entry.use_count() == 1) unused.emplace_back(place.used, identity);
  }
  std::ranges::sort(unused);
  for (const auto& [used, identity] : unused) {
    if (bytes_ <= limit_ - limit_ / 10) return;
    const auto at = places_.find(identity);
    (void)fs_.Remove(at->second.entry->path);
    bytes_ -= at->second.entry->size;
    places_.erase(at);
  }
}

}  // namespace ticklake::store
