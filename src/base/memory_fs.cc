#include "base/memory_fs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/random.h"

namespace ticklake {
namespace {

constexpr size_t kSector = 512;

std::string Clean(const std::string& path) {
  std::string clean = std::filesystem::path(path).lexically_normal().string();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  return clean;
}

/// Counts down; true when it gets to 0.
bool IsTurn(uint64_t& countdown) {
  if (countdown == 0) return false;
  --countdown;
  return countdown == 0;
}

bool IsUnder(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) &&
         (folder.ends_with('/') || path[folder.size()] == '/');
}

}  // namespace

struct MemoryFileSystem::Inode {
  std::string data;       // as programs see it
  std::string durable;    // as of the last Sync
  size_t stable = 0;      // data and durable agree below this
  size_t lost_begin = 0;  // a failed Sync forgot these bytes: they are never written
  size_t lost_end = 0;
  Nanos modified = 0;

  void Sync() {
    durable.resize(stable);
    durable.append(data, stable);
    stable = data.size();
    if (lost_begin == lost_end) return;
    durable.replace(lost_begin, lost_end - lost_begin, lost_end - lost_begin, '\0');
    stable = lost_begin;
  }

  void FailSync() {
    lost_begin = lost_begin == lost_end ? stable : lost_begin;
    lost_end = data.size();
  }

  void Truncate(size_t size) {
    data.resize(size);
    stable = std::min(stable, size);
    lost_begin = std::min(lost_begin, size);
    lost_end = std::min(lost_end, size);
  }

  bool synced() const { return stable == data.size() && stable == durable.size(); }

  // Sectors beyond the stable part are as they were, as they should be, or zeros.
  uint64_t Crash(Random& random) {
    if (synced()) return 0;
    const size_t low = std::min(data.size(), durable.size());
    const size_t high = std::max(data.size(), durable.size());
    size_t size = std::max(stable, low + random.Below(high - low + 1));
    if (random.Chance(1, 4)) size = data.size();
    if (random.Chance(1, 4)) size = durable.size();
    const bool whole = random.Chance(1, 3);  // all of data up to size: a clean cut
    std::string after = data.substr(0, stable);
    uint64_t digest = 1;
    while (after.size() < size) {
      const size_t begin = after.size();
      const size_t end = std::min(size, (after.size() / kSector + 1) * kSector);
      const uint64_t choice = whole ? 0 : random.Below(4);
      const std::string& from = choice <= 1 ? data : durable;
      if (choice < 3 && after.size() < from.size())
        after.append(from, after.size(), end - after.size());
      if (after.size() < end) after.resize(end, '\0');
      const std::string_view sector = std::string_view(after).substr(begin);
      digest = Mix64(4 * digest + (Holds(data, begin, sector) ? 1 : 0) +
                     (Holds(durable, begin, sector) ? 2 : 0));
    }
    digest = Mix64(4 * digest + (size == data.size() ? 1 : 0) + (size == durable.size() ? 2 : 0));
    data = durable = std::move(after);
    stable = data.size();
    lost_begin = lost_end = 0;
    return digest;
  }

  static bool Holds(std::string_view whole, size_t begin, std::string_view part) {
    return begin <= whole.size() && whole.substr(begin).starts_with(part);
  }
};

class MemoryFileSystem::MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem& fs, std::shared_ptr<Inode> inode, std::string path, bool writable)
      : fs_(fs),
        inode_(std::move(inode)),
        path_(std::move(path)),
        writable_(writable),
        generation_(fs.generation_) {}

  Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    const std::lock_guard lock(fs_.mutex_);
    TL_TRY(Enter());
    ++fs_.counts_.reads;
    if (offset >= inode_->data.size()) return 0;
    const size_t count = std::min<size_t>(size, inode_->data.size() - offset);
    std::memcpy(buffer, inode_->data.data() + offset, count);
    return count;
  }

  Result<void> Append(std::span<const std::string_view> parts) override {
    const std::lock_guard lock(fs_.mutex_);
    if (!writable_) return Fail(Code::kIo, "{}: write: opened for reading only", path_);
    ++fs_.counts_.appends;
    std::string bytes;
    for (const std::string_view part : parts) bytes += part;
    Result<void> entered = Enter();
    if (entered) entered = fs_.CountChange(path_);
    if (!entered) {
      if (Alive() && !fs_.powerless_) inode_->data.append(bytes, 0, bytes.size() / 2);
      return entered;
    }
    const uint64_t room = fs_.Room();
    inode_->data.append(bytes, 0, static_cast<size_t>(std::min<uint64_t>(room, bytes.size())));
    inode_->modified = fs_.clock_.Now();
    if (room < bytes.size()) {
      return fs_.Broken(path_, "write: No space left on device; free some space");
    }
    return {};
  }

  Result<void> Sync() override {
    const std::lock_guard lock(fs_.mutex_);
    ++fs_.counts_.syncs;
    Result<void> entered = Enter();
    if (entered && path_.contains(fs_.fail_sync_part_) && IsTurn(fs_.fail_sync_)) {
      entered = fs_.Broken(path_, "Input/output error");
    }
    if (!entered) {
      if (Alive() && !fs_.powerless_) {
        inode_->FailSync();
        ++fs_.counts_.failed_syncs;
      }
      return Fail(entered.error().Within("fdatasync"));
    }
    fs_.counts_.retried_syncs += inode_->lost_begin == inode_->lost_end ? 0 : 1;
    inode_->Sync();
    return {};
  }

  Result<void> Truncate(uint64_t size) override {
    const std::lock_guard lock(fs_.mutex_);
    TL_TRY(Enter());
    TL_TRY(fs_.CountChange(path_));
    inode_->Truncate(size);
    inode_->modified = fs_.clock_.Now();
    return {};
  }

  Result<uint64_t> Size() override {
    const std::lock_guard lock(fs_.mutex_);
    TL_TRY(Enter());
    return inode_->data.size();
  }

 private:
  bool Alive() const { return generation_ == fs_.generation_; }
  Result<void> Enter() {
    if (!Alive()) return Fail(Code::kIo, "{}: opened before the crash", path_);
    return fs_.Enter(path_);
  }

  MemoryFileSystem& fs_;
  const std::shared_ptr<Inode> inode_;
  const std::string path_;
  const bool writable_;
  const uint64_t generation_;
};

class MemoryFileSystem::MemoryLock final : public FileLock {
 public:
  MemoryLock(MemoryFileSystem& fs, std::string path)
      : fs_(fs), path_(std::move(path)), generation_(fs.generation_) {}
  ~MemoryLock() override {
    const std::lock_guard lock(fs_.mutex_);
    if (generation_ == fs_.generation_) fs_.locked_.erase(path_);
  }

 private:
  MemoryFileSystem& fs_;
  const std::string path_;
  const uint64_t generation_;
};

MemoryFileSystem::MemoryFileSystem(const Clock* clock)
    : clock_(clock != nullptr ? *clock : SystemClock()) {
  for (const char* root : {"/", "."}) names_[root] = durable_[root] = nullptr;
}

MemoryFileSystem::~MemoryFileSystem() = default;

void MemoryFileSystem::Apply(const NameChange& change, Names& names) {
  // What is under a folder are neighbours, of which the first begins with its '/'.
  const auto below = [&](const std::string& path) {
    return names.lower_bound(path.ends_with('/') ? path : path + '/');
  };
  const auto erase_tree = [&](const std::string& path) {
    names.erase(path);
    for (auto at = below(path); at != names.end() && IsUnder(at->first, path);) {
      at = names.erase(at);
    }
  };
  switch (change.kind) {
    case NameChange::Kind::kAdd:
      if (names.contains(ParentPath(change.path))) names[change.path] = change.inode;
      return;
    case NameChange::Kind::kRemove: erase_tree(change.path); return;
    case NameChange::Kind::kRename: {
      Names moved;
      const auto found = names.find(change.path);
      if (found == names.end()) return;
      moved[change.to] = found->second;
      for (auto at = below(change.path); at != names.end() && IsUnder(at->first, change.path);
           ++at) {
        moved[change.to + at->first.substr(change.path.size())] = at->second;
      }
      erase_tree(change.path);
      erase_tree(change.to);
      names.merge(moved);
    }
  }
}

void MemoryFileSystem::Change(NameChange change) {
  Apply(change, names_);
  pending_.push_back(std::move(change));
}

void MemoryFileSystem::Settle() {
  const auto settle = [&](const NameChange& change) {
    if (!change.flushed || !durable_.contains(ParentPath(change.path))) return false;
    Apply(change, durable_);
    return true;
  };
  while (std::erase_if(pending_, settle) > 0) {
  }
}

Result<void> MemoryFileSystem::NotFound(const std::string& path) {
  return Fail(Code::kNotFound, "{}: No such file or directory", path);
}

std::unexpected<Error> MemoryFileSystem::Broken(const std::string& path, std::string_view what) {
  ++counts_.failed;
  return Fail(Code::kIo, "{}: {}", path, what);
}

Result<void> MemoryFileSystem::Enter(const std::string& path) {
  if (!powerless_) {
    ++counts_.calls;
    powerless_ = IsTurn(cut_power_);
  }
  if (powerless_) return Broken(path, "no power");
  const bool turn = IsTurn(fail_call_);
  failing_ = failing_ || (turn && fail_from_then_on_);
  if (turn || failing_) return Broken(path, "Input/output error");
  return {};
}

Result<void> MemoryFileSystem::Call(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Enter(path);
}

Result<void> MemoryFileSystem::CountChange(const std::string& path) {
  ++counts_.changes;
  if (IsTurn(fail_change_)) return Broken(path, "Input/output error");
  return {};
}

Result<void> MemoryFileSystem::CheckRoom(const std::string& path) {
  if (Room() > 0) return {};
  return Broken(path, "No space left on device; free some space");
}

bool MemoryFileSystem::IsDir(const std::string& path) const {
  const auto found = names_.find(path);
  return found != names_.end() && found->second == nullptr;
}

uint64_t MemoryFileSystem::Room() const {
  if (quota_ == std::numeric_limits<uint64_t>::max()) return quota_;
  const uint64_t used = Used();
  return quota_ > used ? quota_ - used : 0;
}

uint64_t MemoryFileSystem::Used() const {
  std::set<const Inode*> seen;
  uint64_t used = 0;
  for (const auto& [path, inode] : names_) {
    if (inode != nullptr && seen.insert(inode.get()).second) used += inode->data.size();
  }
  return used;
}

Result<std::unique_ptr<File>> MemoryFileSystem::Open(const std::string& raw, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  const auto found = names_.find(path);
  if (found != names_.end() && found->second == nullptr) {
    return Fail(Code::kIo, "{}: open: Is a directory", path);
  }
  if (found == names_.end()) {
    if (mode == OpenMode::kRead || !IsDir(ParentPath(path))) {
      TL_TRY(NotFound(path));
    }
    TL_TRY(CountChange(path));
    TL_TRY(CheckRoom(path));
    auto inode = std::make_shared<Inode>();
    inode->modified = clock_.Now();
    Change({NameChange::Kind::kAdd, path, "", std::move(inode)});
  } else if (mode == OpenMode::kCreateNew) {
    return Fail(Code::kAlreadyExists, "{}: open: File exists", path);
  }
  const auto& inode = names_[path];
  if (mode == OpenMode::kTruncate) {
    inode->Truncate(0);
  }
  return std::make_unique<MemoryFile>(*this, inode, path, mode != OpenMode::kRead);
}

Result<void> MemoryFileSystem::Rename(const std::string& raw_from, const std::string& raw_to) {
  const std::lock_guard lock(mutex_);
  const std::string from = Clean(raw_from);
  const std::string to = Clean(raw_to);
  TL_TRY(Enter(from));
  if (!names_.contains(from) || !IsDir(ParentPath(to))) return NotFound(from);
  TL_TRY(CountChange(from));
  if (from != to) Change({NameChange::Kind::kRename, from, to, nullptr});
  return {};
}

Result<void> MemoryFileSystem::Link(const std::string& raw_from, const std::string& raw_to) {
  const std::lock_guard lock(mutex_);
  const std::string from = Clean(raw_from);
  const std::string to = Clean(raw_to);
  TL_TRY(Enter(to));
  const auto found = names_.find(from);
  if (found == names_.end() || !IsDir(ParentPath(to))) return NotFound(from);
  if (names_.contains(to)) return Fail(Code::kAlreadyExists, "{}: link: File exists", to);
  TL_TRY(CountChange(to));
  Change({NameChange::Kind::kAdd, to, "", found->second});
  return {};
}

Result<void> MemoryFileSystem::Remove(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  if (!names_.contains(path)) return NotFound(path);
  if (IsDir(path)) return Fail(Code::kIo, "{}: remove: Is a directory", path);
  TL_TRY(CountChange(path));
  Change({NameChange::Kind::kRemove, path, "", nullptr});
  return {};
}

Result<void> MemoryFileSystem::RemoveAll(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  if (!names_.contains(path)) return {};
  TL_TRY(CountChange(path));
  Change({NameChange::Kind::kRemove, path, "", nullptr});
  return {};
}

Result<void> MemoryFileSystem::MakeDirs(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  std::string path = Clean(raw);
  TL_TRY(Enter(path));
  for (; !names_.contains(path); path = ParentPath(path)) missing.push_back(path);
  if (!IsDir(path)) return Fail(Code::kIo, "{}: make directory: Not a directory", path);
  while (!missing.empty()) {
    TL_TRY(CountChange(missing.back()));
    TL_TRY(CheckRoom(missing.back()));
    Change({NameChange::Kind::kAdd, missing.back(), "", nullptr, /*flushed=*/true});
    missing.pop_back();
  }
  Settle();
  return {};
}

Result<void> MemoryFileSystem::MakeDir(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  if (IsDir(path)) return {};
  if (names_.contains(path)) return Fail(Code::kIo, "{}: make directory: Not a directory", path);
  if (!IsDir(ParentPath(path))) return NotFound(path);
  TL_TRY(CountChange(path));
  TL_TRY(CheckRoom(path));
  Change({NameChange::Kind::kAdd, path, "", nullptr});
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  if (!IsDir(path)) return Fail(NotFound(path).error());
  std::vector<std::string> names;
  for (const auto& [name, inode] : names_) {
    if (name != path && ParentPath(name) == path) names.push_back(name.substr(name.rfind('/') + 1));
  }
  std::erase(names, ".");
  return names;
}

Result<bool> MemoryFileSystem::Exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TL_TRY(Enter(path));
  return names_.contains(Clean(path));
}

Result<bool> MemoryFileSystem::IsDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TL_TRY(Enter(path));
  return IsDir(Clean(path));
}

Result<Nanos> MemoryFileSystem::ModifiedAt(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  const auto found = names_.find(path);
  if (found == names_.end()) return Fail(NotFound(path).error());
  return found->second == nullptr ? Nanos{0} : found->second->modified;
}

Result<void> MemoryFileSystem::SyncDir(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  if (const auto entered = Enter(path); !entered) return Fail(entered.error().Within("fsync"));
  if (!IsDir(path)) return NotFound(path);
  ++counts_.dir_syncs;
  for (NameChange& change : pending_) {
    change.flushed = change.flushed || ParentPath(change.path) == path ||
                     (!change.to.empty() && ParentPath(change.to) == path);
  }
  Settle();
  return {};
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::Lock(const std::string& raw) {
  const std::lock_guard lock(mutex_);
  const std::string path = Clean(raw);
  TL_TRY(Enter(path));
  if (!IsDir(ParentPath(path))) return Fail(NotFound(path).error());
  if (!locked_.insert(path).second) {
    return Fail(Code::kConflict, "{}: locked by process (this one); stop it first", path);
  }
  if (!names_.contains(path)) {
    Change({NameChange::Kind::kAdd, path, "", std::make_shared<Inode>()});
  }
  return std::make_unique<MemoryLock>(*this, path);
}

Result<uint64_t> MemoryFileSystem::FreeBytes(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TL_TRY(Enter(path));
  return Room();
}

void MemoryFileSystem::CutPower() {
  const std::lock_guard lock(mutex_);
  powerless_ = true;
}

void MemoryFileSystem::CutPowerAt(uint64_t nth) {
  const std::lock_guard lock(mutex_);
  cut_power_ = nth;
}

void MemoryFileSystem::Kill() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  powerless_ = false;
  locked_.clear();
}

uint64_t MemoryFileSystem::Crash(uint64_t seed) {
  Kill();
  const std::lock_guard lock(mutex_);
  Random random(seed);
  cut_power_ = 0;
  const size_t kept = random.Below(pending_.size() + 1);
  uint64_t digest = Mix64(kept);
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (i < kept || pending_[i].flushed) Apply(pending_[i], durable_);
  }
  pending_.clear();
  names_ = durable_;
  std::set<const Inode*> seen;
  for (const auto& [path, inode] : names_) {
    if (inode != nullptr && seen.insert(inode.get()).second) digest += inode->Crash(random);
  }
  return digest;
}

void MemoryFileSystem::FailCall(uint64_t nth, Lasting lasting) {
  const std::lock_guard lock(mutex_);
  fail_call_ = nth;
  fail_from_then_on_ = lasting == Lasting::kFromThenOn;
  failing_ = false;
}

void MemoryFileSystem::FailChange(uint64_t nth) {
  const std::lock_guard lock(mutex_);
  fail_change_ = nth;
}

void MemoryFileSystem::FailSync(uint64_t nth, std::string part) {
  const std::lock_guard lock(mutex_);
  fail_sync_ = nth;
  fail_sync_part_ = std::move(part);
}

void MemoryFileSystem::SetQuota(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  quota_ = bytes;
}

void MemoryFileSystem::Damage(const std::string& path, uint64_t offset, char byte) {
  const std::lock_guard lock(mutex_);
  const auto& inode = names_.at(Clean(path));
  inode->data.at(offset) = byte;
  inode->Sync();
  inode->durable.at(offset) = byte;
}

bool MemoryFileSystem::powerless() const {
  const std::lock_guard lock(mutex_);
  return powerless_;
}

uint64_t MemoryFileSystem::used() const {
  const std::lock_guard lock(mutex_);
  return Used();
}

MemoryFileSystem::Counts MemoryFileSystem::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace ticklake
