// `ticklake crawl`: finds the tables in a folder of files and registers them in the catalog.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `app`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddCrawlCommand(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
