// `ticklake feed replay`: publishes a CSV file to Kafka, a JSON object a line.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `feed`. When it ran, *exit_status holds its outcome.
void AddFeedReplayCommand(CLI::App& feed, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
