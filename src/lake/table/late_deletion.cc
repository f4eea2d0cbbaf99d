#include "lake/table/late_deletion.h"

#include "lake/table/object_writer.h"

namespace ticklake::lake {

LateDeletion::~LateDeletion() {
  std::vector<std::string> uris;
  for (auto& [due, uri] : waiting_) uris.push_back(std::move(uri));
  DeleteObjects(store_, uris);
}

void LateDeletion::Add(const std::vector<std::string>& uris) {
  const Nanos due = clock_.Monotonic() + kReadersMayTake.count();
  const std::lock_guard lock(mutex_);
  for (const std::string& uri : uris) waiting_.emplace_back(due, uri);
}

void LateDeletion::DeleteDue() {
  std::vector<std::string> uris;
  {
    const std::lock_guard lock(mutex_);
    const Nanos now = clock_.Monotonic();
    while (!waiting_.empty() && waiting_.front().first <= now) {
      uris.push_back(std::move(waiting_.front().second));
      waiting_.pop_front();
    }
  }
  DeleteObjects(store_, uris);
}

}  // namespace ticklake::lake
