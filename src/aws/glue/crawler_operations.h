// CrawlerOperations: Glue's operations on crawlers, their crawls and classifiers.
//
// Shapes and errors are Glue's, what happens is lake/crawler/crawlers'. Threading: safe from any
// thread. Does not: crawl.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/glue/operation.h"
#include "catalog/catalog.h"
#include "lake/crawler/crawlers/crawlers.h"

namespace ticklake::aws::glue {

class CrawlerOperations {
 public:
  /// Both outlive it. The catalog keeps the tags.
  CrawlerOperations(lake::crawler::Crawlers& crawlers, catalog::Catalog& catalog)
      : crawlers_(crawlers), catalog_(catalog) {}

  /// The handlers refer to it.
  std::vector<Operation> Operations();
  /// The same where there are no crawlers, and why.
  static std::vector<Operation> Refused(std::string_view why);

 private:
  using Answer = AwsResult<boost::json::object>;
  struct Row {
    std::string_view name;
    Access access;
    Answer (CrawlerOperations::*method)(const Call&);
  };
  static std::span<const Row> Rows();

  Answer CreateCrawler(const Call& call);
  Answer UpdateCrawler(const Call& call);
  Answer DeleteCrawler(const Call& call);
  Answer GetCrawler(const Call& call);
  Answer GetCrawlers(const Call& call);
  Answer BatchGetCrawlers(const Call& call);
  Answer ListCrawlers(const Call& call);
  Answer StartCrawler(const Call& call);
  Answer StopCrawler(const Call& call);
  Answer StartCrawlerSchedule(const Call& call);
  Answer StopCrawlerSchedule(const Call& call);
  Answer UpdateCrawlerSchedule(const Call& call);
  Answer GetCrawlerMetrics(const Call& call);
  Answer ListCrawls(const Call& call);

  Answer CreateClassifier(const Call& call);
  Answer UpdateClassifier(const Call& call);
  Answer DeleteClassifier(const Call& call);
  Answer GetClassifier(const Call& call);
  Answer GetClassifiers(const Call& call);

  lake::crawler::Crawlers& crawlers_;
  catalog::Catalog& catalog_;
};

}  // namespace ticklake::aws::glue
