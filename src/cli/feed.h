// `ticklake feed`: publishes a simulated market or a file to Kafka.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `app`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddFeedCommand(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
