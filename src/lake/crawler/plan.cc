#include "lake/crawler/plan.h"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lake/crawler/entry.h"
#include "lake/hive/layout.h"
#include "lake/rows/names.h"

namespace ticklake::lake::crawler {
namespace {

using catalog::Partition;
using catalog::PartitionValues;
using catalog::Table;

bool IsOurs(const Table& table) { return table.parameters.contains(kUpdatedByCrawler); }

// "file:///a/b/" and "file:/a/b" are one place, and so are "s3a://b/c" and "s3://b/c/".
std::string Place(std::string_view location) {
  while (location.ends_with('/')) location.remove_suffix(1);
  std::string place = store::PlainUri(location);
  while (place.starts_with("//")) place.erase(0, 1);
  return place;
}

std::string HashOf(std::string_view text) {
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  return fmt::format("{:08x}", crc);
}

// Every table there is, as far as a crawl must know it.
struct Known {
  std::map<std::string, Table> ours;             // of the database, by place
  std::set<std::string> names;                   // of the database
  std::map<std::string, std::string> elsewhere;  // tables that no crawl made: place → name
};

Result<Known> ReadKnown(catalog::Catalog& catalog, const PlanOptions& options) {
  const std::string& database = options.database;
  Known known;
  TL_ASSIGN(const auto databases, catalog.ListDatabases());
  for (const catalog::Database& each : databases) {
    TL_ASSIGN(std::vector<Table> tables, catalog.ListTables(each.name));
    for (Table& table : tables) {
      const bool here = each.name == database;
      const bool ours =
          options.only_table.empty() ? IsOurs(table) : here && table.name == options.only_table;
      if (here) known.names.insert(table.name);
      if (!ours && !table.storage.location.empty()) {
        known.elsewhere.emplace(Place(table.storage.location), each.name + "." + table.name);
      }
      if (here && ours) known.ours.emplace(Place(table.storage.location), std::move(table));
    }
  }
  return known;
}

void ColumnChanges(const std::vector<catalog::Column>& before,
                   const std::vector<catalog::Column>& after, std::string_view what,
                   std::vector<std::string>& changes) {
  std::map<std::string, std::string> types;
  for (const catalog::Column& column : before) types.emplace(column.name, column.type);
  for (const catalog::Column& column : after) {
    const auto was = types.find(column.name);
    if (was == types.end()) {
      changes.push_back(fmt::format("new {} {} {}", what, column.name, column.type));
      continue;
    }
    if (was->second != column.type) {
      changes.push_back(
          fmt::format("{} {}: {}, was {}", what, column.name, column.type, was->second));
    }
    types.erase(was);
  }
  for (const auto& [name, type] : types) {
    changes.push_back(fmt::format("{} {} is no longer there", what, name));
  }
}

std::vector<std::string> ChangesOf(const Table& before, const Table& after) {
  std::vector<std::string> changes;
  ColumnChanges(before.storage.columns, after.storage.columns, "column", changes);
  ColumnChanges(before.partition_keys, after.partition_keys, "partition key", changes);
  const auto changed = [&](const char* key, std::string_view what) {
    const auto was = before.parameters.find(key);
    const auto is = after.parameters.find(key);
    const std::string old_value = was == before.parameters.end() ? "" : was->second;
    const std::string new_value = is == after.parameters.end() ? "" : is->second;
    if (old_value != new_value) {
      changes.push_back(fmt::format("{}: {}, was {}", what, new_value.empty() ? "none" : new_value,
                                    old_value.empty() ? "none" : old_value));
    }
  };
  changed(hive::kClassification, "classification");
  changed(hive::kCompressionType, "compression");
  changed("delimiter", "delimiter");
  changed(hive::kHeaderLines, "header lines");
  changed(catalog::kMetadataLocation, "metadata");
  changed("objectCount", "files");
  changed("recordCount", "records");
  if (changes.empty()) changes.emplace_back("its parameters");
  return changes;
}

class Planner {
 public:
  Planner(store::ObjectStore& store, catalog::Catalog& catalog, const PlanOptions& options)
      : store_(store), catalog_(catalog), options_(options) {}

  Result<CrawlPlan> Make(Tree tree, std::vector<FoundTable> found) {
    CrawlPlan plan{.root = store_.UriOf(tree.root.key), .database = options_.database};
    TL_ASSIGN(known_, ReadKnown(catalog_, options_));
    const auto database = catalog_.GetDatabase(options_.database);
    if (!database && database.error().code != Code::kNotFound) return Fail(database.error());
    plan.new_database = !database;
    for (FoundTable& table : found) {
      TL_ASSIGN(TablePlan one, PlanTable(std::move(table)));
      plan.tables.push_back(std::move(one));
    }
    plan.behavior = options_.gone;
    for (const auto& [place, table] : known_.ours) {
      const bool below = (place + "/").starts_with(Place(plan.root) + "/");
      if (!below || matched_.contains(place) || options_.new_folders_only) continue;
      plan.gone.push_back(table.name);
      if (table.parameters.at(kUpdatedByCrawler) == options_.crawler) Doom(table, plan);
    }
    plan.left_out = std::move(tree.left_out);
    plan.folders = tree.folders;
    plan.files = tree.files;
    return plan;
  }

 private:
  void Doom(Table table, CrawlPlan& plan) const {
    if (options_.gone == DeleteBehavior::kLog) return;
    if (options_.gone == DeleteBehavior::kDeprecate) {
      if (table.parameters.contains(kDeprecatedByCrawler)) return;
      table.parameters[kDeprecatedByCrawler] = DeprecationText();
    }
    plan.doomed.push_back(std::move(table));
  }

  std::string DeprecationText() const { return fmt::format("{}", options_.now / kNanosPerMilli); }

  Result<TablePlan> PlanTable(FoundTable found) {
    TablePlan plan;
    plan.found = std::move(found);
    plan.entry.database = options_.database;
    plan.entry.table_type = "EXTERNAL_TABLE";
    plan.entry.owner = "owner";  // as AWS's crawlers write it
    const std::string place = Place(store_.UriOf(plan.found.root));
    if (const auto other = known_.elsewhere.find(place); other != known_.elsewhere.end()) {
      plan.entry.name = other->second;
      return Leave(std::move(plan),
                   fmt::format("it is table {} already, which no crawl made", other->second));
    }
    if (plan.found.iceberg && Place(plan.found.iceberg->metadata.location) != place) {
      plan.entry.name = FoldName(plan.found.hint);
      std::string why =
          fmt::format("its metadata says that it lies at {}: a copy, whose paths lead there",
                      plan.found.iceberg->metadata.location);
      return Leave(std::move(plan), std::move(why));
    }
    const auto ours = known_.ours.find(place);
    if (ours != known_.ours.end()) {
      matched_.insert(place);
      return PlanUpdate(std::move(plan), ours->second);
    }
    if (!options_.only_table.empty()) {
      plan.entry.name = FoldName(plan.found.hint);
      return Leave(std::move(plan),
                   fmt::format("a crawl of table {} makes no other one", options_.only_table));
    }
    ChooseName(plan);
    FillEntry(plan.found, store_, options_.crawler, plan.entry);
    plan.added = PartitionsOf(plan.found, store_);
    for (Partition& partition : plan.added) {
      if (options_.partitions_inherit) partition.storage.columns.clear();
    }
    return plan;
  }

  static TablePlan Leave(TablePlan plan, std::string why) {
    plan.action = Action::kLeave;
    plan.problem = std::move(why);
    return plan;
  }

  void ChooseName(TablePlan& plan) {
    std::string name = FoldName(options_.prefix + plan.found.hint);
    if (!known_.names.insert(name).second) {
      const std::string plain = name;
      name = FoldName(plain + "_" + HashOf(store_.UriOf(plan.found.root)));
      known_.names.insert(name);
      plan.name_why =
          fmt::format("{} is the name of another table in {}", plain, options_.database);
    }
    plan.entry.name = name;
  }

  Result<TablePlan> PlanUpdate(TablePlan plan, const Table& before) {
    plan.entry = before;
    FillEntry(plan.found, store_, options_.crawler, plan.entry);
    plan.entry.parameters.erase(kDeprecatedByCrawler);
    const bool other_keys = plan.entry.partition_keys != before.partition_keys;
    Restrain(before, plan);
    const bool same = plan.entry.storage == before.storage &&
                      plan.entry.partition_keys == before.partition_keys &&
                      plan.entry.parameters == before.parameters;
    plan.action = same ? Action::kKeep : Action::kUpdate;
    plan.entry_changes = !same;
    if (!same) plan.changes = ChangesOf(before, plan.entry);
    if (other_keys && options_.update != UpdateBehavior::kUpdate) {
      plan.changes.emplace_back("its folders have other partition keys now, which is only told");
      return plan;
    }
    TL_TRY(ComparePartitions(before, plan));
    const bool deletes = options_.gone != DeleteBehavior::kLog && !plan.gone.empty();
    const bool none =
        plan.added.empty() && plan.changed.empty() && plan.replaced.empty() && !deletes;
    if (!none) plan.action = Action::kUpdate;
    return plan;
  }

  // Takes back what the update behaviour does not allow, and tells of it.
  void Restrain(const Table& before, TablePlan& plan) const {
    if (options_.update == UpdateBehavior::kUpdate) return;
    const Table wanted = std::exchange(plan.entry, before);
    if (options_.update == UpdateBehavior::kMergeNewColumns) {
      for (const catalog::Column& column : wanted.storage.columns) {
        auto& columns = plan.entry.storage.columns;
        if (std::ranges::find(columns, column.name, &catalog::Column::name) == columns.end()) {
          columns.push_back(column);
        }
      }
      plan.entry.parameters.erase(kDeprecatedByCrawler);
      return;
    }
    if (wanted.storage.columns == before.storage.columns) return;
    std::vector<std::string> changes = ChangesOf(before, wanted);
    for (std::string& change : changes) plan.only_told.push_back(std::move(change));
  }

  Result<void> ComparePartitions(const Table& before, TablePlan& plan) {
    std::vector<Partition> stored;
    if (!before.partition_keys.empty()) {
      TL_ASSIGN(stored, AllPartitions(catalog_, before.database, before.name));
    }
    std::map<PartitionValues, Partition> wanted;
    for (Partition& partition : PartitionsOf(plan.found, store_)) {
      if (options_.partitions_inherit) partition.storage.columns.clear();
      PartitionValues values = partition.values;
      wanted.emplace(std::move(values), std::move(partition));
    }
    const bool other_keys = before.partition_keys != plan.entry.partition_keys;
    for (const Partition& partition : stored) {
      const auto found = wanted.find(partition.values);
      if (other_keys) {
        plan.replaced.push_back(partition.values);
      } else if (found == wanted.end()) {
        const bool known =
            options_.new_folders_only || (options_.gone == DeleteBehavior::kDeprecate &&
                                          partition.parameters.contains(kDeprecatedByCrawler));
        if (!known) PlanGone(partition, plan);
      } else {
        const bool told_only = options_.update == UpdateBehavior::kLog;
        if (Changed(partition, found->second) && !told_only) {
          plan.changed.push_back({partition.values, std::move(found->second)});
        } else {
          ++plan.unchanged_partitions;
        }
        wanted.erase(found);
      }
    }
    for (auto& [values, partition] : wanted) plan.added.push_back(std::move(partition));
    return {};
  }

  void PlanGone(const Partition& partition, TablePlan& plan) const {
    plan.gone.push_back(partition.values);
    if (options_.gone != DeleteBehavior::kDeprecate) return;
    Partition deprecated = partition;
    deprecated.parameters[kDeprecatedByCrawler] = DeprecationText();
    plan.changed.push_back({partition.values, std::move(deprecated)});
  }

  // Merges what a crawl knows into the stored partition; false if it was there already.
  static bool Changed(const Partition& stored, Partition& wanted) {
    Partition merged = stored;
    merged.parameters.erase(kDeprecatedByCrawler);
    merged.storage.location = wanted.storage.location;
    merged.storage.columns = wanted.storage.columns;
    for (const auto& [key, value] : wanted.parameters) merged.parameters[key] = value;
    const bool changed = merged.storage != stored.storage || merged.parameters != stored.parameters;
    wanted = std::move(merged);
    return changed;
  }

  store::ObjectStore& store_;
  catalog::Catalog& catalog_;
  const PlanOptions& options_;
  Known known_;
  std::set<std::string> matched_;
};

// Batches of a bounded size: one transaction each.
template <class Item, class Change>
Result<void> InBatches(const std::vector<Item>& items, Change change) {
  constexpr size_t kBatch = 1000;
  for (size_t begin = 0; begin < items.size(); begin += kBatch) {
    const size_t end = std::min(items.size(), begin + kBatch);
    const std::vector<Item> batch(items.begin() + static_cast<ptrdiff_t>(begin),
                                  items.begin() + static_cast<ptrdiff_t>(end));
    TL_ASSIGN(const std::vector<catalog::PartitionError> errors, change(batch));
    // Another crawl may have been here in between; then there is nothing left to do.
    for (const auto& [values, error] : errors) {
      if (error.code != Code::kAlreadyExists && error.code != Code::kNotFound) return Fail(error);
    }
  }
  return {};
}

Result<void> ApplyTable(catalog::Catalog& catalog, TablePlan& plan, DeleteBehavior gone) {
  const Table& entry = plan.entry;
  TL_TRY(InBatches(plan.replaced, [&](const auto& batch) {
    return catalog.DeletePartitions(entry.database, entry.name, batch);
  }));
  if (plan.action == Action::kCreate) {
    TL_TRY(catalog.CreateTable(entry));
  } else if (plan.entry_changes) {
    TL_TRY(catalog.UpdateTable(entry));
  }
  if (gone == DeleteBehavior::kDelete) {
    TL_TRY(InBatches(plan.gone, [&](const auto& batch) {
      return catalog.DeletePartitions(entry.database, entry.name, batch);
    }));
  }
  TL_TRY(InBatches(plan.added, [&](const auto& batch) {
    return catalog.CreatePartitions(entry.database, entry.name, batch);
  }));
  return InBatches(plan.changed, [&](const auto& batch) {
    return catalog.UpdatePartitions(entry.database, entry.name, batch);
  });
}

// Tables without files. One that somebody changed or removed meanwhile is left to the next crawl.
Result<void> ApplyGone(catalog::Catalog& catalog, const CrawlPlan& plan) {
  for (const Table& table : plan.doomed) {
    const auto stored = catalog.GetTable(table.database, table.name);
    if (!stored && stored.error().code == Code::kNotFound) continue;
    if (!stored) return Fail(stored.error());
    if (stored->version != table.version) continue;
    const auto applied = plan.behavior == DeleteBehavior::kDelete
                             ? catalog.DeleteTable(table.database, table.name)
                             : catalog.UpdateTable(table);
    const bool lost = !applied && (applied.error().code == Code::kConflict ||
                                   applied.error().code == Code::kNotFound);
    if (!applied && !lost) return applied;
  }
  return {};
}

}  // namespace

std::string_view NameOf(Action action) {
  switch (action) {
    case Action::kCreate: return "create";
    case Action::kUpdate: return "update";
    case Action::kKeep: return "unchanged";
    case Action::kLeave: return "left alone";
  }
  return "";
}

Result<CrawlPlan> MakePlan(store::ObjectStore& store, catalog::Catalog& catalog,
                           const PlanOptions& options, Tree tree, std::vector<FoundTable> found) {
  return Planner(store, catalog, options).Make(std::move(tree), std::move(found));
}

Result<void> Apply(catalog::Catalog& catalog, CrawlPlan& plan) {
  const auto changes = [](const TablePlan& table) {
    return table.action == Action::kCreate || table.action == Action::kUpdate;
  };
  if (plan.new_database && std::ranges::any_of(plan.tables, changes)) {
    const auto made = catalog.CreateDatabase({.name = plan.database});
    if (!made && made.error().code != Code::kAlreadyExists) return made;
  }
  for (TablePlan& table : plan.tables) {
    if (!changes(table)) continue;
    const auto applied = ApplyTable(catalog, table, plan.behavior);
    if (applied) continue;
    const Code code = applied.error().code;
    if (code != Code::kConflict && code != Code::kAlreadyExists && code != Code::kNotFound) {
      return applied;
    }
    table.action = Action::kLeave;
    table.problem =
        fmt::format("{}; somebody changed it meanwhile: crawl again", applied.error().message);
  }
  return ApplyGone(catalog, plan);
}

}  // namespace ticklake::lake::crawler
