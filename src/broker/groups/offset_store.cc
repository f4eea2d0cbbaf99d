#include "broker/groups/offset_store.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace ticklake::broker {

namespace {

// What a position takes in memory, about.
size_t BytesOf(const OffsetEntry& entry) {
  constexpr size_t kNodes = 160;
  return sizeof(OffsetEntry) + kNodes + 2 * entry.topic.size() + entry.metadata.size();
}

}  // namespace

OffsetStore::OffsetStore(FileSystem& fs, OffsetStoreOptions options)
    : fs_(fs), options_(std::move(options)) {}

OffsetStore::~OffsetStore() { Close(); }

std::string OffsetStore::Path() const { return JoinPath(options_.directory, kOffsetFile); }

Result<std::unique_ptr<OffsetStore>> OffsetStore::Open(FileSystem& fs, OffsetStoreOptions options) {
  std::unique_ptr<OffsetStore> store(new OffsetStore(fs, std::move(options)));
  if (auto recovered = store->Recover(); !recovered) {
    return Fail(recovered.error().Within(store->Path()));
  }
  store->thread_ = std::thread([raw = store.get()] { raw->Run(); });
  return store;
}

Result<void> OffsetStore::Recover() {
  TL_TRY(fs_.MakeDirs(options_.directory));
  TL_ASSIGN(const bool exists, fs_.Exists(Path()));
  if (!exists) return Rewrite();
  TL_ASSIGN(const std::string content, fs_.ReadFile(Path()));
  TL_TRY(CheckOffsetHeader(content));
  OffsetFileContent found = ReadOffsetFile(content);
  for (const OffsetRecord& record : found.records) Apply(record);
  if (found.damaged) {
    TL_TRY(KeepDamagedCopy(content));
  } else if (found.intact < content.size()) {
    spdlog::info("{}: left out {} bytes of a write that a crash interrupted", Path(),
                 content.size() - found.intact);
  }
  // What was read may be in the page cache only, or be what a failed flush has lost: it is durable
  // once a new file has it.
  if (auto rewritten = Rewrite(); !rewritten) {
    stale_ = true;
    spdlog::error("{}: {}; offsets of groups can be read, and stored once it can be written",
                  Path(), rewritten.error().message);
  }
  return {};
}

Result<void> OffsetStore::KeepDamagedCopy(std::string_view content) {
  const std::string copy = Path() + ".damaged";
  spdlog::error(
      "{}: damaged in the middle: commits behind the damage are not used; going on with "
      "the {} groups before it; the file is kept as {}",
      Path(), groups_.size(), copy);
  return fs_.WriteFileAtomically(copy, content);
}

// The whole content, as one record a group, in a new file that takes the old one's place. Until the
// new name is there, a failure leaves the old file as it was.
Result<void> OffsetStore::Rewrite() {
  std::string content = EncodeOffsetHeader();
  for (const auto& [group, positions] : groups_) {
    OffsetRecord record{OffsetRecord::Kind::kCommit, group, {}};
    for (const auto& [key, entry] : positions) record.entries.push_back(entry);
    AppendOffsetFrame(record, content);
  }
  const std::string fresh = Path() + ".new";
  TL_ASSIGN(auto file, fs_.Open(fresh, OpenMode::kTruncate));
  TL_TRY(file->Append(content));
  TL_TRY(file->Sync());
  TL_TRY(fs_.Rename(fresh, Path()));
  file_ = std::move(file);
  size_ = content.size();
  stale_ = false;
  if (auto synced = fs_.SyncDir(options_.directory); !synced) {
    broken_ = synced.error().Within("renaming failed earlier; restart to go on");
    return synced;
  }
  return {};
}

void OffsetStore::Apply(const OffsetRecord& record) {
  const auto [group, fresh] = groups_.try_emplace(record.group);
  if (fresh) bytes_ += record.group.size();
  Positions& positions = group->second;
  const auto forget = [&](Positions::iterator at) {
    bytes_ -= BytesOf(at->second);
    return positions.erase(at);
  };
  if (record.kind == OffsetRecord::Kind::kDeleteGroup) {
    for (auto at = positions.begin(); at != positions.end();) at = forget(at);
  }
  for (const OffsetEntry& entry : record.entries) {
    const auto at = positions.find({entry.topic, entry.partition});
    if (at != positions.end()) forget(at);
    if (record.kind != OffsetRecord::Kind::kCommit) continue;
    bytes_ += BytesOf(entry);
    positions.emplace(std::pair(entry.topic, entry.partition), entry);
  }
  if (!positions.empty()) return;
  bytes_ -= record.group.size();
  groups_.erase(group);
}

void OffsetStore::Write(OffsetRecord record, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) {
      queue_.push_back({std::move(record), std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(Fail(Code::kCancelled, "the broker is stopping"));
}

void OffsetStore::Close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void OffsetStore::Run() {
  for (;;) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    const bool told = broken_.has_value();
    const Result<void> flushed = Flush(batch);
    if (flushed) {
      const std::lock_guard lock(mutex_);
      for (const Waiting& waiting : batch) Apply(waiting.record);
    } else if (!told) {
      spdlog::error("{}: offsets of groups are not stored: {}", Path(), flushed.error().message);
    }
    for (const Waiting& waiting : batch) waiting.done(flushed);
    if (flushed) MaybeCompact();
  }
}

Result<void> OffsetStore::Flush(const std::vector<Waiting>& batch) {
  if (broken_) return Fail(*broken_);
  if (stale_) TL_TRY(Rewrite());
  std::string frames;
  for (const Waiting& waiting : batch) AppendOffsetFrame(waiting.record, frames);
  if (auto appended = file_->Append(frames); !appended) {
    // A full disk, say: take back what was written of it, so that later commits can work again.
    if (auto cut = file_->Truncate(size_); !cut) broken_ = cut.error();
    return appended;
  }
  if (auto synced = file_->Sync(); !synced) {
    broken_ = synced.error().Within("a flush failed earlier; restart to go on");
    return synced;
  }
  size_ += frames.size();
  return {};
}

void OffsetStore::MaybeCompact() {
  if (size_ < std::max<uint64_t>(options_.compact_bytes, compact_at_)) return;
  size_t needed = 0;
  for (const auto& [group, positions] : groups_) {
    for (const auto& [key, entry] : positions) {
      needed += 64 + entry.topic.size() + entry.metadata.size();
    }
  }
  if (size_ < 4 * needed) return;
  // Only this thread changes groups_, so that reading it needs no lock.
  if (auto rewritten = Rewrite(); !rewritten) {
    compact_at_ = 2 * size_;
    spdlog::warn("{}: not rewritten: {}; trying again when it has doubled", Path(),
                 rewritten.error().message);
  }
}

bool OffsetStore::HasRoom(const std::string& group, const std::vector<OffsetEntry>& entries) const {
  size_t more = group.size();
  for (const OffsetEntry& entry : entries) more += BytesOf(entry);
  const std::lock_guard lock(mutex_);
  return bytes_ + more <= options_.max_bytes;
}

std::optional<OffsetEntry> OffsetStore::Find(const std::string& group, const std::string& topic,
                                             int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  const auto position = found->second.find({topic, partition});
  if (position == found->second.end()) return std::nullopt;
  return position->second;
}

std::vector<OffsetEntry> OffsetStore::All(const std::string& group) const {
  const std::lock_guard lock(mutex_);
  std::vector<OffsetEntry> all;
  if (const auto found = groups_.find(group); found != groups_.end()) {
    for (const auto& [key, entry] : found->second) all.push_back(entry);
  }
  return all;
}

std::vector<std::string> OffsetStore::Groups() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  names.reserve(groups_.size());
  for (const auto& [group, positions] : groups_) names.push_back(group);
  return names;
}

}  // namespace ticklake::broker
