// One crawl of a stored crawler: all its targets, one after the other.
//
// Threading: runs on the caller's thread; as the stores and the catalog otherwise. Invariants: as
// lake/crawler/plan.h: stopped or killed anywhere, the catalog is whole. Does not: keep states.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lake/crawler/crawlers/spec.h"
#include "lake/crawler/plan.h"
#include "store/object_store.h"

namespace ticklake::lake::crawler {

/// Where a URI leads.
struct StoredPlace {
  store::ObjectStore* store = nullptr;
  std::string key;
};

struct CrawlRunOptions {
  catalog::Catalog* catalog = nullptr;
  std::function<Result<StoredPlace>(const std::string& uri)> find;
  std::vector<Classifier> classifiers;
  Nanos now = 0;
  std::stop_token stop;
};

/// Crawls and changes the catalog; the plans that were applied. kCancelled: stopped, and what came
/// after that was not changed.
Result<std::vector<CrawlPlan>> RunCrawl(const CrawlSpec& spec, const CrawlRunOptions& options);

}  // namespace ticklake::lake::crawler
