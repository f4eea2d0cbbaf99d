// The shapes of Glue's crawlers, crawls and classifiers.
//
// Threading: pure functions.
#pragma once

#include <boost/json/object.hpp>

#include "aws/glue/members.h"
#include "lake/crawler/crawlers/crawlers.h"

namespace ticklake::aws::glue {

/// The members that define a crawler, as they came; problems are noted in `input`.
boost::json::object ReadCrawler(const Members& input);
boost::json::object Show(const lake::crawler::CrawlerView& view, Nanos now);
/// Of a crawler whose crawls are `records`, newest first.
boost::json::object ShowMetrics(const std::string& name,
                                const std::vector<lake::crawler::CrawlRecord>& records);
boost::json::object Show(const lake::crawler::CrawlRecord& record);
/// What clients know a crawl by.
std::string CrawlIdOf(const lake::crawler::CrawlRecord& record);

/// {"CsvClassifier": {…}} of an input that holds one kind; problems are noted in `input`. is_new:
/// it must be complete.
boost::json::object ReadClassifier(const Members& input, bool is_new);
boost::json::object Show(const lake::crawler::StoredClassifier& classifier);

}  // namespace ticklake::aws::glue
