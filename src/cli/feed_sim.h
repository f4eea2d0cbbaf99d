// `ticklake feed sim`: publishes the simulated market to Kafka.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `feed`. When it ran, *exit_status holds its outcome.
void AddFeedSimCommand(CLI::App& feed, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
