#include "lake/crawler/crawlers/crawl_run.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "lake/crawler/tree.h"

namespace ticklake::lake::crawler {
namespace {

class Runner {
 public:
  Runner(const CrawlSpec& spec, const CrawlRunOptions& options) : spec_(spec), options_(options) {}

  Result<std::vector<CrawlPlan>> Run() {
    for (const CrawlTarget& target : spec_.targets) {
      if (target.kind == CrawlTarget::Kind::kCatalog) {
        for (const std::string& table : target.tables) TL_TRY(CrawlTable(target.database, table));
      } else {
        TL_TRY(CrawlPath(target, spec_.plan));
      }
    }
    return std::move(plans_);
  }

 private:
  Result<void> CheckStop() const {
    if (options_.stop.stop_requested()) return Fail(Code::kCancelled, "the crawl was stopped");
    return {};
  }

  // A prefix is a folder unless there is an object of exactly that key.
  Result<StoredPlace> Find(const std::string& uri) const {
    TL_ASSIGN(StoredPlace place, options_.find(uri));
    if (place.key.empty() || place.key.ends_with('/')) return place;
    const auto object = place.store->Head(place.key);
    if (!object && object.error().code != Code::kNotFound) return Fail(object.error());
    if (!object) place.key += '/';
    return place;
  }

  Result<void> CrawlTable(const std::string& database, const std::string& name) {
    TL_ASSIGN(const catalog::Table table, options_.catalog->GetTable(database, name));
    if (table.parameters.contains(catalog::kMetadataLocation)) {
      return Fail(Code::kUnsupported,
                  "table {}.{}: an Iceberg table knows its columns itself, and is not crawled",
                  database, name);
    }
    PlanOptions plan = spec_.plan;
    plan.database = database;
    plan.only_table = name;
    CrawlTarget target;
    target.path = table.storage.location;
    return CrawlPath(target, plan);
  }

  Result<void> CrawlPath(const CrawlTarget& target, PlanOptions plan_options) {
    TL_TRY(CheckStop());
    TL_ASSIGN(const StoredPlace root, Find(target.path));
    plan_options.now = options_.now;
    TreeOptions tree_options{.classifiers = options_.classifiers,
                             .exclusions = target.exclusions,
                             .sample_size = target.sample_size,
                             .iceberg_depth = target.depth,
                             .threads = std::max<size_t>(2, std::thread::hardware_concurrency()),
                             .stop = options_.stop};
    if (plan_options.new_folders_only) {
      TL_ASSIGN(tree_options.known_folders, KnownFolders(*root.store, plan_options));
    }
    TL_ASSIGN(Tree tree, BuildTree(*root.store, root.key, tree_options));
    std::vector<FoundTable> found = FindTables(tree, GroupBelow(root.key));
    TL_ASSIGN(CrawlPlan plan, MakePlan(*root.store, *options_.catalog, plan_options,
                                       std::move(tree), std::move(found)));
    TL_TRY(CheckStop());
    TL_TRY(Apply(*options_.catalog, plan));
    plans_.push_back(std::move(plan));
    return {};
  }

  // Levels of the configuration begin at the bucket; those of grouping at the crawled folder.
  GroupOptions GroupBelow(const std::string& key) const {
    GroupOptions group = spec_.group;
    group.table_level -= static_cast<int>(std::ranges::count(key, '/'));
    group.table_level = std::max(group.table_level, 0);
    return group;
  }

  // What earlier crawls of this crawler have registered.
  Result<std::set<std::string>> KnownFolders(const store::ObjectStore& store,
                                             const PlanOptions& plan) const {
    std::set<std::string> folders;
    const auto add = [&](const std::string& location) {
      auto key = store.KeyOf(location);
      if (!key) return;  // of another store
      if (!key->empty() && !key->ends_with('/')) *key += '/';
      folders.insert(std::move(*key));
    };
    const auto tables = options_.catalog->ListTables(plan.database);
    if (!tables && tables.error().code == Code::kNotFound) return folders;
    if (!tables) return Fail(tables.error());
    for (const catalog::Table& table : *tables) {
      const auto made_by = table.parameters.find(kUpdatedByCrawler);
      if (made_by == table.parameters.end() || made_by->second != plan.crawler) continue;
      if (table.partition_keys.empty()) {
        add(table.storage.location);
        continue;
      }
      TL_ASSIGN(const auto partitions,
                catalog::AllPartitions(*options_.catalog, table.database, table.name));
      for (const catalog::Partition& partition : partitions) add(partition.storage.location);
    }
    return folders;
  }

  const CrawlSpec& spec_;
  const CrawlRunOptions& options_;
  std::vector<CrawlPlan> plans_;
};

}  // namespace

Result<std::vector<CrawlPlan>> RunCrawl(const CrawlSpec& spec, const CrawlRunOptions& options) {
  return Runner(spec, options).Run();
}

}  // namespace ticklake::lake::crawler
