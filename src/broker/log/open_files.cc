#include "broker/log/open_files.h"

namespace ticklake::broker {

Result<std::shared_ptr<File>> OpenFiles::Get(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_path_.find(path); found != by_path_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->file;
    }
  }
  TL_ASSIGN(std::shared_ptr<File> file, fs_.Open(path, OpenMode::kRead));
  const std::lock_guard lock(mutex_);
  if (!by_path_.contains(path)) Insert(path, file);
  return file;
}

void OpenFiles::Forget(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  entries_.erase(found->second);
  by_path_.erase(found);
}

void OpenFiles::ForgetUnder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::erase_if(by_path_, [&](const auto& entry) {
    if (!entry.first.starts_with(folder + "/")) return false;
    entries_.erase(entry.second);
    return true;
  });
}

void OpenFiles::Insert(const std::string& path, std::shared_ptr<File> file) {
  entries_.push_front({path, std::move(file)});
  by_path_[path] = entries_.begin();
  while (entries_.size() > capacity_) {
    by_path_.erase(entries_.back().path);
    entries_.pop_back();
  }
}

}  // namespace ticklake::broker
