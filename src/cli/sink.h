// `ticklake sink`: a Kafka cluster's topics into the tables of --data, as one of N workers.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `app`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddSinkCommand(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
