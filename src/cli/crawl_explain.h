// `ticklake crawl explain NAME`: why a stored crawler's last crawl decided what it decided.
//
// Reads what is kept in the catalog: nothing needs to run. Threading: none.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/settings.h"
#include "lake/crawler/plan.h"

namespace ticklake::cli {

/// Adds the command below `crawl`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddCrawlExplainCommand(CLI::App& crawl, const Settings& settings, int* exit_status);

/// What is kept of a crawl of all its targets: {"text": …, "crawls": [as `ticklake crawl --json`]}.
std::string CrawlExplanation(const std::vector<lake::crawler::CrawlPlan>& plans, double seconds,
                             const std::string& data);

}  // namespace ticklake::cli
