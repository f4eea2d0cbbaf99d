// `ticklake demo`: a simulated market into an embedded broker and lake, shown live.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/settings.h"

namespace ticklake::cli {

/// Adds the command to `app`. When it ran, *exit_status holds its outcome; both must outlive
/// parsing.
void AddDemoCommand(CLI::App& app, const Settings& settings, int* exit_status);

}  // namespace ticklake::cli
