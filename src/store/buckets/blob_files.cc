#include "store/buckets/blob_files.h"

#include <set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "store/buckets/bucket_format.h"

namespace ticklake::store {
namespace {

constexpr int kFilesOfAFolder = 1 << kFolderShift;
constexpr int64_t kRemovedAtOnce = 256;
constexpr uint64_t kNoRoom = 1 << 20;  // bytes
constexpr std::string_view kAdvice = "free some space";

// "00002a-" begins the names of a session's folders.
std::string FolderPrefix(int64_t session) { return fmt::format("{:06x}-", session); }

// The content of a file's name: hexadecimal digits, up to the extension.
int64_t ContentOf(const std::string& name) {
  return static_cast<int64_t>(std::strtoull(name.c_str(), nullptr, 16));
}

}  // namespace

BlobFiles::BlobFiles(FileSystem& fs, std::string directory, BucketIndex& index, const Clock& clock,
                     const BucketOptions& options)
    : fs_(fs),
      directory_(std::move(directory)),
      root_(directory_ + "/objects/"),
      index_(index),
      clock_(clock),
      options_(options) {}

BlobFiles::~BlobFiles() {
  if (session_ == 0) return;
  remover_.request_stop();
  remover_.join();
  for (const std::string& folder : discarded_in_) {
    left_behind_ = left_behind_ || !fs_.SyncDir(folder);
  }
  if (left_behind_) return;
  (void)index_.Run([this](SqliteSession& db) -> Result<void> {
    TL_TRY(db.Query("DELETE FROM sessions WHERE id = ?")->Bind(session_).Step());
    return {};
  });
}

Result<void> BlobFiles::BeginWriting() {
  const std::lock_guard lock(mutex_);
  return BeginSession();
}

Result<int64_t> BlobFiles::NextContent() {
  const std::lock_guard lock(mutex_);
  TL_TRY(BeginSession());
  return (session_ << kSessionShift) + contents_++;
}

Result<void> BlobFiles::BeginSession() {
  if (session_ != 0) return {};
  auto held = fs_.Lock(directory_ + "/lock");
  if (!held) {
    return Fail(Code::kUnavailable, "the buckets in '{}' are written by another process: {}",
                directory_, held.error().message);
  }
  int64_t session = 0;
  std::vector<int64_t> ended;
  const auto begun = index_.Run([&](SqliteSession& db) -> Result<void> {
    ended.clear();
    {
      auto others = db.Query("SELECT id FROM sessions");
      while (true) {
        TL_ASSIGN(const bool row, others->Step());
        if (!row) break;
        ended.push_back(others->Int(0));
      }
    }
    TL_TRY(db.Query("INSERT INTO sessions (began) VALUES (?)")->Bind(clock_.Now()).Step());
    session = sqlite3_last_insert_rowid(db.get());
    return {};
  });
  if (!begun) return Fail(begun.error());
  for (const int64_t id : ended) {
    if (const auto removed = RemoveLeftovers(id); !removed) {
      spdlog::warn("buckets: what an earlier run left half written stays for now: {}",
                   removed.error().message);
    }
  }
  lock_ = std::move(*held);
  session_ = session;
  remover_ = std::jthread([this](const std::stop_token& stop) { RemoveAsTimeGoes(stop); });
  return {};
}

Result<void> BlobFiles::RemoveLeftovers(int64_t session) {
  const std::string prefix = FolderPrefix(session);
  const auto buckets = fs_.List(root_);
  if (!buckets && buckets.error().code != Code::kNotFound) return Fail(buckets.error());
  for (const std::string& bucket : buckets.value_or(std::vector<std::string>{})) {
    TL_ASSIGN(const auto folders, fs_.List(root_ + bucket));
    for (const std::string& folder : folders) {
      if (folder.starts_with(prefix)) TL_TRY(RemoveLeftoversIn(bucket + '/' + folder));
    }
  }
  return index_.Run([session](SqliteSession& db) -> Result<void> {
    TL_TRY(db.Query("DELETE FROM sessions WHERE id = ?")->Bind(session).Step());
    return {};
  });
}

Result<void> BlobFiles::RemoveLeftoversIn(const std::string& folder) {
  TL_ASSIGN(const auto names, fs_.List(root_ + folder));
  const auto removed = index_.View([&](SqliteSession& db) -> Result<void> {
    for (const std::string& name : names) {
      auto named = db.Query("SELECT 1 FROM files WHERE content = ?");
      TL_ASSIGN(const bool found, named->Bind(ContentOf(name)).Step());
      if (!found) TL_TRY(fs_.Remove(root_ + folder + '/' + name));
    }
    return {};
  });
  TL_TRY(removed);
  return fs_.SyncDir(root_ + folder);
}

Result<std::shared_ptr<FileFolder>> BlobFiles::FolderFor(const std::string& bucket) {
  OpenFolder& open = open_[bucket];
  if (open.folder && !open.folder->failed && open.files < kFilesOfAFolder) {
    ++open.files;
    return open.folder;
  }
  const std::string path =
      fmt::format("{}{}/{}{:04x}", root_, bucket, FolderPrefix(session_), folders_);
  TL_TRY(fs_.MakeDirs(path));
  ++folders_;
  open.folder = std::make_shared<FileFolder>();
  open.folder->path = path;
  open.files = 1;
  return open.folder;
}

Result<NewFile> BlobFiles::Create(const std::string& bucket) {
  NewFile made;
  TL_ASSIGN(made.content, NextContent());
  {
    const std::lock_guard lock(mutex_);
    TL_ASSIGN(made.folder, FolderFor(bucket));
  }
  made.path = made.folder->path.substr(root_.size()) + fmt::format("/{:x}", made.content);
  TL_ASSIGN(made.file, fs_.Open(AbsolutePath(made.path), OpenMode::kCreateNew));
  return made;
}

Result<void> BlobFiles::AddExtension(NewFile& file, const std::string& extension) {
  const std::string named = file.path + extension;
  TL_TRY(fs_.Rename(AbsolutePath(file.path), AbsolutePath(named)));
  file.path = named;
  return {};
}

void BlobFiles::Discard(const std::string& path) {
  const std::string absolute = AbsolutePath(path);
  const auto removed = fs_.Remove(absolute);
  const std::lock_guard lock(mutex_);
  discarded_in_.insert(ParentPath(absolute));
  left_behind_ = left_behind_ || (!removed && removed.error().code != Code::kNotFound);
}

void BlobFiles::LeaveBehind() {
  const std::lock_guard lock(mutex_);
  left_behind_ = true;
}

std::shared_ptr<const void> BlobFiles::Pin(const std::string& path) {
  const std::lock_guard lock(pins_mutex_);
  if (pins_.size() > 1000 + 2 * pins_kept_) ForgetOldPins();
  std::weak_ptr<const void>& known = pins_[path];
  std::shared_ptr<const void> pin = known.lock();
  if (!pin) known = pin = std::make_shared<char>();
  return pin;
}

void BlobFiles::ForgetOldPins() {
  std::erase_if(pins_, [](const auto& pin) { return pin.second.expired(); });
  pins_kept_ = pins_.size();
}

bool BlobFiles::IsPinned(const std::string& path) {
  const std::lock_guard lock(pins_mutex_);
  const auto found = pins_.find(path);
  return found != pins_.end() && !found->second.expired();
}

Error BlobFiles::Explained(Error error) const {
  if (error.code != Code::kIo) return error;
  const auto free = fs_.FreeBytes(directory_);
  if (!free || *free >= kNoRoom) return error;
  error.code = Code::kUnavailable;
  if (!error.message.contains(kAdvice)) error.message += fmt::format("; {}", kAdvice);
  return error;
}

void BlobFiles::RemoveAsTimeGoes(const std::stop_token& stop) {
  std::unique_lock lock(tick_mutex_);
  while (!stop.stop_requested()) {
    tick_.wait_for(lock, stop, options_.look_every, [] { return false; });
    while (!stop.stop_requested() && RemoveRetired()) {
    }
  }
}

// First the file, durably, then its row: what a crash leaves between the two is removed once more.
bool BlobFiles::RemoveRetired() {
  std::vector<int64_t> gone;
  std::set<std::string> folders;
  const auto looked = index_.View([&](SqliteSession& db) -> Result<void> {
    auto due =
        db.Query("SELECT content, path FROM files WHERE remove_at <= ? ORDER BY remove_at LIMIT ?");
    due->Bind(clock_.Now()).Bind(kRemovedAtOnce);
    while (true) {
      TL_ASSIGN(const bool row, due->Step());
      if (!row) return {};
      if (IsPinned(due->Text(1))) continue;
      const std::string path = AbsolutePath(due->Text(1));
      const auto removed = fs_.Remove(path);
      if (!removed && removed.error().code != Code::kNotFound) continue;
      gone.push_back(due->Int(0));
      folders.insert(ParentPath(path));
    }
  });
  if (!looked) spdlog::warn("buckets: looking for retired files: {}", looked.error().message);
  if (gone.empty()) return false;
  for (const std::string& folder : folders) {
    if (!fs_.SyncDir(folder)) return false;
  }
  const auto forgotten = index_.Run([&gone](SqliteSession& db) -> Result<void> {
    for (const int64_t content : gone) {
      TL_TRY(db.Query("DELETE FROM files WHERE content = ?")->Bind(content).Step());
    }
    return {};
  });
  return forgotten && gone.size() == kRemovedAtOnce;
}

}  // namespace ticklake::store
