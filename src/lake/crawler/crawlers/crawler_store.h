// CrawlerStore: crawlers, classifiers, and what is known of crawls, as facts of the catalog.
//
// Threading: as the catalog. Invariants: a crawler's definition changes as a whole. Does not: run
// anything; crawlers.h does.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace ticklake::lake::crawler {

struct StoredCrawler {
  boost::json::object definition;  ///< the input of CreateCrawler, in Glue's shape
  int64_t version = 1;             ///< rises with every update
  bool scheduled = false;          ///< its schedule is on
  Nanos created = 0;
  Nanos updated = 0;
};

struct CrawlRecord {
  std::string crawler;
  std::string id;       ///< sorts by time of start
  std::string status;   ///< RUNNING, SUCCEEDED, FAILED, CANCELLED
  std::string message;  ///< of those that did not succeed
  Nanos started = 0;
  Nanos ended = 0;  ///< 0: it has not
  int64_t tables_created = 0;
  int64_t tables_updated = 0;
  int64_t tables_deleted = 0;
  int64_t partitions_added = 0;
  int64_t partitions_updated = 0;
  int64_t partitions_deleted = 0;
  int64_t files = 0;
};

struct StoredClassifier {
  boost::json::object definition;  ///< {"CsvClassifier": {"Name": …}}
  int64_t version = 1;
  Nanos created = 0;
  Nanos updated = 0;
};

class CrawlerStore {
 public:
  static constexpr size_t kMostRecords = 500;  ///< of a crawler's history; the oldest go

  explicit CrawlerStore(catalog::Catalog& catalog) : catalog_(catalog) {}

  Result<void> Put(const std::string& name, const StoredCrawler& crawler, catalog::FactWrite write);
  Result<StoredCrawler> Get(const std::string& name) const;
  Result<std::vector<StoredCrawler>> List() const;  ///< by name
  /// With its history and explanation.
  Result<void> Delete(const std::string& name);

  Result<void> PutRecord(const CrawlRecord& record);
  Result<std::vector<CrawlRecord>> Records(const std::string& crawler) const;  ///< newest first
  /// Those that a process left running when it ended.
  Result<std::vector<CrawlRecord>> RunningRecords() const;

  /// The report of a crawler's last crawl, {"text": …, "crawls": […]}. kNotFound.
  Result<std::string> Explanation(const std::string& crawler) const;
  Result<void> PutExplanation(const std::string& crawler, const std::string& json);

  Result<void> PutClassifier(const std::string& name, const StoredClassifier& classifier,
                             catalog::FactWrite write);
  Result<StoredClassifier> GetClassifier(const std::string& name) const;
  Result<std::vector<StoredClassifier>> ListClassifiers() const;
  Result<void> DeleteClassifier(const std::string& name);

 private:
  Result<std::vector<catalog::Fact>> All(const std::string& kind, const std::string& prefix) const;

  catalog::Catalog& catalog_;
};

}  // namespace ticklake::lake::crawler
