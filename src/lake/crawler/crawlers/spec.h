// CrawlSpec: what a stored crawler is to do, read from its definition in Glue's shape.
//
// The definition is the input of Glue's CreateCrawler (Name, Role, DatabaseName, Targets,
// SchemaChangePolicy, RecrawlPolicy, Configuration …); this is the part that a crawl acts on.
// Threading: pure functions. Does not: check the limits of the wire's texts (aws/glue).
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lake/crawler/classifier.h"
#include "lake/crawler/crawlers/cron.h"
#include "lake/crawler/grouping.h"
#include "lake/crawler/plan.h"

namespace ticklake::lake::crawler {

struct CrawlTarget {
  enum class Kind { kFiles, kIceberg, kCatalog };
  Kind kind = Kind::kFiles;
  std::string path;                     ///< a URI
  std::vector<std::string> exclusions;  ///< globs below path
  size_t sample_size = 0;               ///< files of each folder; 0: all
  int depth = 0;                        ///< kIceberg
  std::string database;                 ///< kCatalog
  std::vector<std::string> tables;
};

struct CrawlSpec {
  PlanOptions plan;  ///< all but `now`
  GroupOptions group;
  std::vector<CrawlTarget> targets;
  std::vector<std::string> classifiers;  ///< names, in order
  std::optional<Cron> schedule;
};

/// kInvalid, or kUnsupported for what is understood but not done here; both name the member.
Result<CrawlSpec> ParseSpec(const boost::json::object& definition);

/// A classifier in Glue's shape: {"CsvClassifier": {"Name": …}}. kInvalid.
Result<Classifier> ParseClassifier(const boost::json::object& definition);

}  // namespace ticklake::lake::crawler
