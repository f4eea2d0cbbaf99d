#include "lake/maintenance/orphans.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/uuid.h"
#include "lake/ranges/keys.h"
#include "lake/table/table_folder.h"
#include "lake/table/table_properties.h"

namespace ticklake::lake {
namespace {

bool TakeFirst(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

/// At least `least` digits, then whatever follows.
bool TakeDigits(std::string_view& text, size_t least) {
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end < least) return false;
  text.remove_prefix(end);
  return true;
}

bool TakeUuid(std::string_view& text) {
  constexpr size_t kLength = 36;
  if (text.size() < kLength || !Uuid::Parse(text.substr(0, kLength))) return false;
  text.remove_prefix(kLength);
  return true;
}

/// "00000-0-<uuid>.parquet" of a commit, "merged-<uuid>.parquet" of a merge.
bool IsDataName(std::string_view name) {
  const bool known = TakeFirst(name, "00000-0-") || TakeFirst(name, "merged-");
  return known && TakeUuid(name) && name == ".parquet";
}

/// "<uuid>-m0.avro", "snap-<id>-1-<uuid>.avro"; "00007-<uuid>.metadata.json" where the table wants
/// no more of them than its log names.
bool IsMetadataName(std::string_view name, bool versions_too) {
  std::string_view list = name;
  if (TakeFirst(list, "snap-")) {
    return TakeDigits(list, 1) && TakeFirst(list, "-1-") && TakeUuid(list) && list == ".avro";
  }
  std::string_view manifest = name;
  if (TakeUuid(manifest)) {
    return TakeFirst(manifest, "-m") && TakeDigits(manifest, 1) && manifest == ".avro";
  }
  return versions_too && TakeDigits(name, 5) && TakeFirst(name, "-") && TakeUuid(name) &&
         name == ".metadata.json";
}

std::string_view NameOf(std::string_view key) { return key.substr(key.rfind('/') + 1); }

Result<std::string> FolderOf(TableStore& tables, const TableState& state) {
  TL_ASSIGN(const std::string key, FolderKey(tables.store(), state.metadata->location));
  return key + "/";
}

bool IsToBeSwept(const TableState& state) {
  const auto& properties = state.metadata->properties;
  return properties.contains(kTopicKey) && BoolProperty(properties, property::kGcEnabled, true);
}

}  // namespace

Result<std::set<std::string>> OrphanSweeper::Candidates(const TableState& state) {
  TL_ASSIGN(const std::set<std::string> needed, tables_.ReachableKeys(state));
  TL_ASSIGN(const std::string folder, FolderOf(tables_, state));
  const bool versions =
      BoolProperty(state.metadata->properties, property::kDeleteOldMetadata, false);
  const Nanos before = clock_.Now() - kAge.count();
  std::set<std::string> candidates;
  const auto add = [&](const store::ObjectInfo& object, bool named) {
    const bool old = object.modified != 0 && object.modified < before;
    const bool of_this_table = object.modified >= state.entry.create_time;
    if (named && old && of_this_table && !needed.contains(object.key)) {
      candidates.insert(object.key);
    }
  };
  TL_ASSIGN(const auto data, tables_.store().List(folder + "data/"));
  for (const store::ObjectInfo& object : data) add(object, IsDataName(NameOf(object.key)));
  TL_ASSIGN(const auto metadata, tables_.store().List(folder + "metadata/"));
  for (const store::ObjectInfo& object : metadata) {
    add(object, IsMetadataName(NameOf(object.key), versions));
  }
  return candidates;
}

std::set<std::string> OrphanSweeper::SeenTwice(Seen& seen,
                                               const std::set<std::string>& candidates) const {
  const Nanos now = clock_.Monotonic();
  std::erase_if(seen, [&](const auto& entry) { return !candidates.contains(entry.first); });
  std::set<std::string> twice;
  for (const std::string& key : candidates) {
    const auto [at, first] = seen.emplace(key, now);
    if (!first && now - at->second >= kBetweenLooks.count()) twice.insert(key);
  }
  return twice;
}

Result<int64_t> OrphanSweeper::Sweep(const std::string& database, const std::string& name) {
  if (!Watch()) return 0;
  TL_ASSIGN(const TableState state, tables_.Load(database, name));
  if (!IsToBeSwept(state)) return 0;
  TL_ASSIGN(const std::set<std::string> candidates, Candidates(state));
  Seen& seen = seen_[database + "." + name];
  const std::set<std::string> orphans = SeenTwice(seen, candidates);
  TL_ASSIGN(const std::string folder, FolderOf(tables_, state));
  TL_ASSIGN(int64_t removed, tables_.store().RemoveStale(folder, clock_.Now() - kAge.count()));
  if (orphans.empty()) return removed;
  // From here on nobody can bring them in; whoever was first makes this fail, and it is tried
  // again.
  auto marked = tables_.Commit(state, {.set_properties = {{kSweptKey, Uuid::Random().ToString()}}});
  if (!marked) {
    const Code code = marked.error().code;
    if (code == Code::kConflict || code == Code::kOutcomeUnknown) return removed;
    return Fail(std::move(marked).error());
  }
  for (const std::string& key : orphans) {
    TL_TRY(tables_.store().Delete(key));
    seen.erase(key);
    ++removed;
  }
  spdlog::info("table '{}': removed {} objects that no snapshot refers to", name, removed);
  return removed;
}

}  // namespace ticklake::lake
