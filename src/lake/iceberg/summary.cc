#include "lake/iceberg/summary.h"

#include <charconv>
#include <optional>
#include <set>

namespace ticklake::lake::iceberg {
namespace {

struct Sums {
  int64_t files = 0;
  int64_t records = 0;
  int64_t bytes = 0;
};

Sums SumsOf(const std::vector<DataFile>& files) {
  Sums sums;
  for (const DataFile& file : files) {
    ++sums.files;
    sums.records += file.record_count;
    sums.bytes += file.file_size;
  }
  return sums;
}

std::optional<int64_t> Total(const Snapshot* parent, const char* key) {
  if (!parent) return 0;
  const auto at = parent->summary.find(key);
  if (at == parent->summary.end()) return std::nullopt;
  int64_t value = 0;
  const char* end = at->second.data() + at->second.size();
  const auto [stop, error] = std::from_chars(at->second.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace

std::map<std::string, std::string> StandardSummary(const Snapshot* parent,
                                                   const FileChanges& changes) {
  std::map<std::string, std::string> summary;
  const auto put = [&](const char* key, int64_t value) {
    if (value != 0) summary[key] = fmt::to_string(value);
  };
  const auto total = [&](const char* key, int64_t change) {
    if (const auto before = Total(parent, key)) summary[key] = fmt::to_string(*before + change);
  };
  const Sums added = SumsOf(changes.added);
  const Sums removed = SumsOf(changes.removed);
  std::set<std::pair<int32_t, std::vector<Literal>>> partitions;
  for (const DataFile& file : changes.added) partitions.emplace(file.spec_id, file.partition);
  for (const DataFile& file : changes.removed) partitions.emplace(file.spec_id, file.partition);

  summary[kOperation] = changes.removed.empty() ? kAppend : kReplace;
  put("added-data-files", added.files);
  put("added-records", added.records);
  put("added-files-size", added.bytes);
  put("deleted-data-files", removed.files);
  put("deleted-records", removed.records);
  put("removed-files-size", removed.bytes);
  put("changed-partition-count", static_cast<int64_t>(partitions.size()));
  total("total-data-files", added.files - removed.files);
  total("total-records", added.records - removed.records);
  total("total-files-size", added.bytes - removed.bytes);
  for (const char* key :
       {"total-delete-files", "total-position-deletes", "total-equality-deletes"}) {
    total(key, 0);
  }
  return summary;
}

}  // namespace ticklake::lake::iceberg
