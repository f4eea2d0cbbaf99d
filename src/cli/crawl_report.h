// A crawl's plan for people and for scripts: the same facts, once as text, once as JSON.
//
// Threading: pure functions but for asking whether standard output is a terminal.
#pragma once

#include <string>

#include "lake/crawler/plan.h"

namespace ticklake::cli {

struct CrawlReportOptions {
  bool dry_run = false;
  double seconds = 0;
  std::string data;  ///< the data directory, for the advice at the end
};

std::string CrawlReport(const lake::crawler::CrawlPlan& plan, const CrawlReportOptions& options);
std::string CrawlJson(const lake::crawler::CrawlPlan& plan, const CrawlReportOptions& options);

}  // namespace ticklake::cli
